// Package apk reads Alpine Linux's packages and repository indexes, and
// believes nothing in them that a trusted key has not signed.
//
// Both are concatenated gzip members (apk-v2(5)):
//
//	package:  signatures | .PKGINFO and scripts | the files
//	index:    signatures | DESCRIPTION and APKINDEX
//
// Each member holds a piece of one tar archive, whose end is only in the last.
// A signature is over the compressed bytes of the second member. The files of a
// package are covered through the SHA-256 of the compressed third member, which
// stands in .PKGINFO as datahash. The index in turn has the SHA-1 of the second
// member of each package, and its size.
package apk
