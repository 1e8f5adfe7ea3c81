package esp

import "encoding/binary"

// table chains each one's clusters (section 4).
func (v volume) table(all []*node) []byte {
	last := uint32(1)<<v.bits - 1
	b := make([]byte, v.tableSectors*sector)
	v.set(b, 0, last&^0xff|media)
	v.set(b, 1, last)
	for _, n := range all {
		end := n.cluster + v.take(n) - 1
		for c := n.cluster; c < end; c++ {
			v.set(b, c, c+1)
		}
		v.set(b, end, last)
	}
	return b
}

// set writes an entry of the table. Two of 12 bits share the byte between them.
func (v volume) set(b []byte, cluster, value uint32) {
	if v.bits == 16 {
		binary.LittleEndian.PutUint16(b[2*cluster:], uint16(value))
		return
	}
	at := cluster + cluster/2
	value <<= 4 * (cluster & 1)
	b[at] |= byte(value)
	b[at+1] |= byte(value >> 8)
}
