//go:build !linux

package main

import (
	"context"

	"github.com/pkg/errors"
)

func (b *bench) large(context.Context) error {
	return errors.New("a bake's memory is measured on Linux only")
}
