// Package fetch downloads files into a cache whose entries are named by their
// SHA-256, so that a file is fetched once, is never taken for another, and any
// number of processes may share one cache.
//
// The cache folder holds
//
//	sha256/DIGEST   complete files; a name is given only to bytes that have that digest
//	url/KEY.json    what a URL that came without a digest gave last time
//	partial/        downloads under way, continued after a broken one, and their locks
//
// All of it may be deleted at any time when nothing is being fetched.
package fetch
