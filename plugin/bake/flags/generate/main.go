// Generate writes usage.txt, or the file that is named, from the comments of the options.
// It runs in plugin/bake/flags, by go generate.
package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/pkg/errors"
)

func main() {
	path := "usage.txt"
	if len(os.Args) > 1 {
		path = os.Args[1]
	}
	if err := run(path); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func run(out string) error {
	structs := map[string]*ast.StructType{}
	for _, pattern := range []string{"../*.go", "../guest/*.go"} {
		paths, err := filepath.Glob(pattern)
		if err != nil {
			return err
		}
		for _, path := range paths {
			file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
			if err != nil {
				return errors.Wrap(err, "reading the options")
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if spec, ok := n.(*ast.TypeSpec); ok {
					if s, ok := spec.Type.(*ast.StructType); ok {
						structs[spec.Name.Name] = s
					}
				}
				return true
			})
		}
	}
	var text strings.Builder
	describe(&text, structs, "Options", "")
	return errors.Wrapf(os.WriteFile(out, []byte(text.String()), 0o644), "writing %s", out)
}

// describe writes a line for each field of a struct. prefix is the block's name.
func describe(out *strings.Builder, structs map[string]*ast.StructType, name, prefix string) {
	for _, field := range structs[name].Fields.List {
		if field.Tag == nil {
			continue
		}
		tag := reflect.StructTag(strings.Trim(field.Tag.Value, "`")).Get("mapstructure")
		option := prefix + strings.ReplaceAll(tag, "_", "-")
		block := ""
		switch kind := field.Type.(type) {
		case *ast.SelectorExpr:
			block = kind.Sel.Name
		case *ast.Ident:
			block = kind.Name
		}
		if structs[block] != nil {
			describe(out, structs, block, option+"-")
			continue
		}
		fmt.Fprintf(out, "%s %s\n", option, sentence(field.Doc.Text()))
	}
}

// lineLength is from how many characters on only the beginning of a sentence is shown.
const lineLength = 100

// sentence is the first of a text, without the marks of code, which pflag would take
// for the value's name.
func sentence(text string) string {
	text = strings.ReplaceAll(strings.Join(strings.Fields(text), " "), "`", "")
	if end := strings.Index(text, ". "); end >= 0 {
		text = text[:end+1]
	}
	if end := strings.IndexAny(text, ":;"); len(text) > lineLength && end > 0 {
		text = text[:end] + "."
	}
	return text
}
