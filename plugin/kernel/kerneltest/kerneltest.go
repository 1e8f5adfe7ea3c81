// Package kerneltest makes kernels and modules that have everything a reader
// looks at and nothing that runs, for tests that boot nothing.
package kerneltest

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"strings"
)

// BzImage returns a bzImage of the given release: a setup header of boot
// protocol 2.15 with a version string, and no kernel behind it.
func BzImage(release string) []byte {
	image := make([]byte, 8*512)
	image[0x1f1] = 3 // setup_sects: the setup is 4 sectors long
	binary.LittleEndian.PutUint16(image[0x1fe:], 0xaa55)
	copy(image[0x202:], "HdrS")
	binary.LittleEndian.PutUint16(image[0x206:], 0x20f)
	binary.LittleEndian.PutUint16(image[0x20e:], 0x300) // kernel_version, less 0x200
	image[0x211] = 1                                    // LOADED_HIGH
	image[0x236] = 1                                    // XLF_KERNEL_64
	copy(image[0x500:], release+" (builder@example) #1 SMP\x00")
	return image
}

// EFIBzImage returns a bzImage that is an EFI application, too. The major version
// of that says what its EFI stub can do.
func EFIBzImage(release string, major uint16) []byte {
	image := BzImage(release)
	addPE(image, "\x64\x86", major)
	return image
}

// EFIARM64Image returns an arm64 Image that is an EFI application, too.
func EFIARM64Image(release string, major uint16) []byte {
	image := ARM64Image(release)
	addPE(image, "\x64\xaa", major)
	return image
}

// addPE writes the headers of an EFI application for a machine.
func addPE(image []byte, machine string, major uint16) {
	const header, optional = 0x40, 0x40 + 24
	copy(image, "MZ")
	image[0x3c] = header
	copy(image[header:], "PE\x00\x00"+machine)
	binary.LittleEndian.PutUint16(image[header+20:], 112) // size of the optional header, without directories
	binary.LittleEndian.PutUint16(image[optional:], 0x20b)
	binary.LittleEndian.PutUint16(image[optional+44:], major)
}

// ARM64Image returns an arm64 Image of the given release, which is nothing but a
// header and a version string.
func ARM64Image(release string) []byte {
	image := make([]byte, 4096)
	copy(image[56:], "ARM\x64")
	copy(image[1024:], "Linux version %s\x00")
	copy(image[2048:], "Linux version "+release+" (builder@example) #1 SMP\x00")
	return image
}

// Zboot packs an arm64 Image, which was packed in the named way before, into an
// EFI zboot image.
func Zboot(kind string, packed []byte) []byte {
	const header, payload = 128, 256
	image := make([]byte, payload, payload+len(packed))
	copy(image, "MZ\x00\x00zimg")
	binary.LittleEndian.PutUint32(image[8:], payload)
	binary.LittleEndian.PutUint32(image[12:], uint32(len(packed)))
	copy(image[24:], kind)
	binary.LittleEndian.PutUint32(image[60:], header)
	copy(image[header:], "PE\x00\x00\x64\xaa")
	return append(image, packed...)
}

// Module describes a kernel module to make.
type Module struct {
	Name    string
	Release string
	Depends []string
	// Softdep is the entry of that name, as "pre: a b"; empty for none.
	Softdep string
	// Aliases are its entries of that name.
	Aliases []string
	// Machine is the ELF machine; zero means x86-64.
	Machine elf.Machine
}

// ELF returns the module as a relocatable ELF file with a section .modinfo.
func (m Module) ELF() []byte {
	machine := m.Machine
	if machine == 0 {
		machine = elf.EM_X86_64
	}
	modinfo := "license=GPL\x00depends=" + strings.Join(m.Depends, ",") + "\x00name=" + m.Name +
		"\x00vermagic=" + m.Release + " SMP mod_unload \x00"
	if m.Softdep != "" {
		modinfo += "softdep=" + m.Softdep + "\x00"
	}
	for _, alias := range m.Aliases {
		modinfo += "alias=" + alias + "\x00"
	}
	names := "\x00.shstrtab\x00.modinfo\x00"

	const headerSize, sectionSize = 64, 64
	infoAt := uint64(headerSize)
	namesAt := infoAt + uint64(len(modinfo))
	sectionsAt := (namesAt + uint64(len(names)) + 7) &^ 7

	var b bytes.Buffer
	put := func(v any) { _ = binary.Write(&b, binary.LittleEndian, v) }
	header := elf.Header64{
		Type: uint16(elf.ET_REL), Machine: uint16(machine), Version: 1,
		Shoff: sectionsAt, Ehsize: headerSize, Shentsize: sectionSize, Shnum: 3, Shstrndx: 1,
	}
	copy(header.Ident[:], "\x7fELF\x02\x01\x01")
	put(header)
	b.WriteString(modinfo)
	b.WriteString(names)
	b.Write(make([]byte, int(sectionsAt)-b.Len()))
	put(elf.Section64{})
	put(elf.Section64{Name: 1, Type: uint32(elf.SHT_STRTAB), Off: namesAt, Size: uint64(len(names)), Addralign: 1})
	put(elf.Section64{Name: 11, Type: uint32(elf.SHT_PROGBITS), Off: infoAt, Size: uint64(len(modinfo)), Addralign: 1})
	return b.Bytes()
}
