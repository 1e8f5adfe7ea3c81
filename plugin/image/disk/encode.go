package disk

import "encoding/binary"

// encode returns a structure of fixed size as bytes.
func encode(order binary.AppendByteOrder, structure any) []byte {
	b, _ := binary.Append(nil, order.(binary.ByteOrder), structure) // fails for other sizes only
	return b
}
