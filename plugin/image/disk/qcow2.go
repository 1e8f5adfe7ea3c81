package disk

import (
	"encoding/binary"
	"io"

	"github.com/pkg/errors"
)

// Numbers of the qcow2 format, version 3 (QEMU: docs/interop/qcow2.txt). All
// are stored with the most significant byte first.
const (
	qcow2Magic      = 0x514649fb // "QFI\xfb"
	qcow2Version    = 3
	qcow2HeaderSize = 104

	// clusterSize is the unit of everything, in bytes: QEMU's own default.
	clusterBits = 16
	clusterSize = 1 << clusterBits

	// entrySize is that of the entries of all tables but the refcount blocks,
	// whose entries have refcountBits bits.
	entrySize     = 8
	refcountOrder = 4
	refcountBits  = 1 << refcountOrder
	// perTable is how many clusters one L2 table locates, perRefcounts how
	// many one refcount block counts.
	perTable     = clusterSize / entrySize
	perRefcounts = clusterSize * 8 / refcountBits

	// copied marks a cluster that is used once, so may be written in place.
	copied = 1 << 63

	// maxQCOW2 keeps the L1 and the refcount table in one cluster each, in bytes.
	maxQCOW2 = perTable * perTable * clusterSize
)

// QCOW2 is a virtual disk in QEMU's format that holds an image. Every cluster of
// the image is in the file, in order and uncompressed, so all tables are known
// before the image is, and the file is written in one pass. (The holes and the
// air in it are left to the compression of the box around it.)
type QCOW2 struct {
	image io.WriterTo
	size  int64 // of the image
	data  int64 // clusters of the image
	l2    int64 // L2 tables
	rc    int64 // refcount blocks
}

// The clusters before the refcount blocks, the L1 table, the L2 tables and the
// image: the header and the refcount table.
const qcow2Refcounts = 2

// NewQCOW2 lays out the disk of an image of size bytes.
func NewQCOW2(image io.WriterTo, size int64) (*QCOW2, error) {
	if size <= 0 || size > maxQCOW2 {
		return nil, errors.Errorf("qcow2: the image has %d bytes: it must have from 1 byte to %d TiB", size, maxQCOW2>>40)
	}
	q := &QCOW2{image: image, size: size, data: pieces(size, clusterSize)}
	q.l2 = pieces(q.data, perTable)
	// The refcount blocks count themselves as well.
	for need := int64(1); need != q.rc; {
		q.rc = need
		need = pieces(q.Size()/clusterSize, perRefcounts)
	}
	return q, nil
}

// Capacity is the size of the virtual disk in bytes.
func (q *QCOW2) Capacity() int64 { return Capacity(q.size) }

// Head is the size of what comes before the image, in bytes.
func (q *QCOW2) Head() int64 { return (qcow2Refcounts + q.rc + 1 + q.l2) * clusterSize }

// Size is the size of the file in bytes.
func (q *QCOW2) Size() int64 { return q.Head() + q.data*clusterSize }

// WriteTo writes the file. It fails if the image has more or fewer bytes than
// were said.
func (q *QCOW2) WriteTo(w io.Writer) (int64, error) {
	out := &counter{w: w}
	q.writeTables(out)
	if out.err != nil {
		return out.n, errors.Wrap(out.err, "qcow2: writing the tables")
	}
	n, err := q.image.WriteTo(out)
	if err == nil && n != q.size {
		err = errors.Errorf("it has %d bytes in place of %d", n, q.size)
	}
	if err != nil {
		return out.n, errors.Wrap(err, "qcow2: writing the image")
	}
	_, err = out.Write(make([]byte, q.Size()-out.n))
	return out.n, errors.Wrap(err, "qcow2: filling the last cluster")
}

// writeTables writes all that comes before the image.
func (q *QCOW2) writeTables(w *counter) {
	l1 := qcow2Refcounts + q.rc
	l2 := l1 + 1
	total := q.Size() / clusterSize
	w.cluster(q.header(l1))
	w.cluster(entries(qcow2Refcounts, q.rc, 0))
	for block := range q.rc {
		used := min(perRefcounts, total-block*perRefcounts)
		counts := make([]byte, 0, clusterSize)
		for range used {
			counts = binary.BigEndian.AppendUint16(counts, 1)
		}
		w.cluster(counts)
	}
	w.cluster(entries(l2, q.l2, copied))
	for table := range q.l2 {
		first := table * perTable
		w.cluster(entries(l2+q.l2+first, min(perTable, q.data-first), copied))
	}
}

func (q *QCOW2) header(l1 int64) []byte {
	h := struct {
		Magic, Version        uint32
		BackingFile           uint64
		BackingFileSize       uint32
		ClusterBits           uint32
		Capacity              uint64
		Encryption            uint32
		L1Entries             uint32
		L1, RefcountTable     uint64
		RefcountTableClusters uint32
		Snapshots             uint32
		SnapshotTable         uint64
		Incompatible          uint64
		Compatible, Autoclear uint64
		RefcountOrder         uint32
		HeaderSize            uint32
	}{
		Magic: qcow2Magic, Version: qcow2Version, ClusterBits: clusterBits, Capacity: uint64(q.Capacity()),
		L1Entries: uint32(q.l2), L1: uint64(l1) * clusterSize,
		RefcountTable: clusterSize, RefcountTableClusters: 1,
		RefcountOrder: refcountOrder, HeaderSize: qcow2HeaderSize,
	}
	b, _ := binary.Append(nil, binary.BigEndian, h) // has only fields of fixed size
	return b
}

// entries is a table that locates n clusters in a row.
func entries(first, n int64, flag uint64) []byte {
	table := make([]byte, 0, clusterSize)
	for i := range n {
		table = binary.BigEndian.AppendUint64(table, uint64(first+i)*clusterSize|flag)
	}
	return table
}

// counter counts what is written, and keeps the first error.
type counter struct {
	w   io.Writer
	n   int64
	err error
}

func (c *counter) Write(p []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	n, err := c.w.Write(p)
	c.n += int64(n)
	c.err = err
	return n, err
}

// cluster writes b, filled up with zeros.
func (c *counter) cluster(b []byte) { _, _ = c.Write(padded(b, clusterSize)) }
