package payload

import "testing"

func FuzzRepack(f *testing.F) {
	for _, packing := range []string{"gzip", "zstd", "lz4"} {
		f.Add(whole().file(f, packing))
	}
	f.Add(wrap(nil))
	f.Fuzz(func(t *testing.T, file []byte) {
		if b, err := Repack(file, Stored); err == nil && len(b)%16 != 0 {
			t.Errorf("%d bytes", len(b))
		}
	})
}

// FuzzLayOut goes for what is behind the packing.
func FuzzLayOut(f *testing.F) {
	f.Add(whole().elf())
	f.Add(testKernel{}.elf())
	f.Fuzz(func(t *testing.T, file []byte) {
		k, err := layOut(file, testAddress)
		if err != nil {
			return
		}
		if len(k.image) > words(int(k.size)) || k.relocations.end() > len(k.image) || k.entry < testAddress || k.entry-testAddress >= k.size {
			t.Errorf("%d bytes of %d, relocations to %d, entry %#x", len(k.image), k.size, k.relocations.end(), k.entry)
		}
	})
}
