// Etcd is etcd, unchanged, at the version that this module asks for. `package =
// "go.etcd.io/etcd/server/v3@v3.7.3"` would do, but for the replace directives in its
// go.mod, with which Go builds a module only in itself.
package main

import (
	"os"

	"go.etcd.io/etcd/server/v3/etcdmain"
)

func main() { etcdmain.Main(os.Args) }
