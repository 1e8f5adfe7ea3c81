package disk

import (
	"encoding/binary"

	"github.com/scratchmachine/packer-plugin-scratchmachine/plugin/image/content"
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

// NewQCOW2 lays out a disk in QEMU's format. Every cluster of the image is in the
// file, in order and uncompressed.
func NewQCOW2(image content.Content) (*Layout, error) {
	l := &Layout{format: "qcow2", size: image.Size(), block: clusterSize}
	q := newQCOW2(l.blocks())
	l.head = q.head() * clusterSize
	l.render = func(uuid) ([]byte, []byte) { return q.tables(uint64(Capacity(l.size))), nil }
	return l.around(image, maxQCOW2)
}

// qcow2 counts the clusters of the image, of the tables that locate them, and of
// the blocks that count the uses of all.
type qcow2 struct{ data, l2, refcounts int64 }

// qcow2Refcounts is the cluster of the first refcount block, behind the header and
// the refcount table. After the blocks come the L1 table, the L2 tables, the image.
const qcow2Refcounts = 2

func newQCOW2(data int64) qcow2 {
	q := qcow2{data: data, l2: pieces(data, perTable)}
	// The refcount blocks count themselves as well.
	for need := int64(1); need != q.refcounts; {
		q.refcounts = need
		need = pieces(q.head()+q.data, perRefcounts)
	}
	return q
}

// head is how many clusters come before the image.
func (q qcow2) head() int64 { return qcow2Refcounts + q.refcounts + 1 + q.l2 }

// tables returns them.
func (q qcow2) tables(capacity uint64) []byte {
	l1 := qcow2Refcounts + q.refcounts
	l2 := l1 + 1
	total := q.head() + q.data
	head := make([]byte, 0, q.head()*clusterSize)
	add := func(cluster []byte) { head = append(head, padded(cluster, clusterSize)...) }
	add(q.header(l1, capacity))
	add(entries(qcow2Refcounts, q.refcounts, 0))
	for block := range q.refcounts {
		used := min(perRefcounts, total-block*perRefcounts)
		counts := make([]byte, 0, clusterSize)
		for range used {
			counts = binary.BigEndian.AppendUint16(counts, 1)
		}
		add(counts)
	}
	add(entries(l2, q.l2, copied))
	for table := range q.l2 {
		first := table * perTable
		add(entries(l2+q.l2+first, min(perTable, q.data-first), copied))
	}
	return head
}

func (q qcow2) header(l1 int64, capacity uint64) []byte {
	return encode(binary.BigEndian, struct {
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
		Magic: qcow2Magic, Version: qcow2Version, ClusterBits: clusterBits, Capacity: capacity,
		L1Entries: uint32(q.l2), L1: uint64(l1) * clusterSize,
		RefcountTable: clusterSize, RefcountTableClusters: 1,
		RefcountOrder: refcountOrder, HeaderSize: qcow2HeaderSize,
	})
}

// entries is a table that locates n clusters in a row.
func entries(first, n int64, flag uint64) []byte {
	table := make([]byte, 0, clusterSize)
	for i := range n {
		table = binary.BigEndian.AppendUint64(table, uint64(first+i)*clusterSize|flag)
	}
	return table
}
