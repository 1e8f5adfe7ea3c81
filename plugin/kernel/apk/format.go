package apk

import (
	"bytes"
	"fmt"

	"github.com/pkg/errors"
)

// FormatV3Error says that a file is of apk's third format, which is not read
// here.
type FormatV3Error struct {
	Magic string // its first four bytes
}

func (e *FormatV3Error) Error() string {
	return fmt.Sprintf("this is a file of the apk v3 format (it begins with %q), which cannot be verified here: "+
		"take it from a branch or mirror that has the v2 format, or unpack it with 'apk extract' on Alpine and use the files",
		e.Magic)
}

// checkFormat fails unless the file begins as a gzip file (RFC 1952, section
// 2.3.1). apk v3 begins with "ADB." plain, "ADBd" deflated, and "ADBc" when
// compressed otherwise (apk-tools: src/adb.h).
func checkFormat(file []byte) error {
	if len(file) >= 4 && bytes.HasPrefix(file, []byte("ADB")) && bytes.IndexByte([]byte(".dc"), file[3]) >= 0 {
		return &FormatV3Error{string(file[:4])}
	}
	if !bytes.HasPrefix(file, []byte("\x1f\x8b")) {
		return errors.Errorf("this is no gzip file, as packages and indexes of Alpine's are: it begins with %.20q", file)
	}
	return nil
}
