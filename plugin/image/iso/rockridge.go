package iso

// Rock Ridge gives the names their small letters and the files their modes, in
// the system use area of the primary tree's records (IEEE P1281, SUSP 1.12;
// IEEE P1282, RRIP 1.12). The names are short enough to need no continuation.

const (
	modeFolder = 0o040555
	modeFile   = 0o100444
)

// selfEntries are those of a folder's record of itself. The root's says that
// Rock Ridge is in use.
func selfEntries(d *node, v view) []byte {
	if v != primary {
		return nil
	}
	var b []byte
	if d.parent == nil {
		b = append(b, entry("SP", 0xbe, 0xef, 0)...)
		b = append(b, extensionReference()...)
	}
	return append(b, attributes(d)...)
}

func parentEntries(d *node, v view) []byte {
	if v != primary {
		return nil
	}
	return attributes(d.up())
}

func childEntries(c *node, v view) []byte {
	if v != primary {
		return nil
	}
	return append(attributes(c), entry("NM", append([]byte{0}, c.name...)...)...)
}

// attributes is the entry PX: mode, links, owner and group, which are root.
func attributes(n *node) []byte {
	mode, links := uint32(modeFile), uint32(1)
	if n.dir {
		mode, links = modeFolder, 2
		for _, c := range n.children {
			if c.dir {
				links++
			}
		}
	}
	var b []byte
	for _, number := range []uint32{mode, links, 0, 0} {
		b = append(b, both32(number)...)
	}
	return entry("PX", b...)
}

// extensionReference names the extension (RRIP 1.12, 4.3): identifier and
// nothing of the two texts for people.
func extensionReference() []byte {
	const id = "RRIP_1991A"
	return entry("ER", append([]byte{byte(len(id)), 0, 0, 1}, id...)...)
}

// entry is a system use entry of version 1 (SUSP 1.12, 4.1).
func entry(signature string, data ...byte) []byte {
	return append([]byte{signature[0], signature[1], byte(4 + len(data)), 1}, data...)
}
