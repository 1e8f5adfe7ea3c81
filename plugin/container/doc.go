// Package container reads container images: their configuration, and their layers
// as one tree of files. It knows nothing of what becomes of them.
//
// An image is what the image specification of the Open Container Initiative says
// (github.com/opencontainers/image-spec v1.1), or what docker wrote before it. Its
// bytes are from strangers: each blob must have its digest, whatever is read has a
// bound, and no path leads out of the image's root.
package container
