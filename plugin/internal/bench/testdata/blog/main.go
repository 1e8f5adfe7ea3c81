// Blog is the init of the recipe that this project began as, for comparison:
// load the driver, set the address by hand, serve. It is built unstripped and
// does nothing that the recipe did not.
package main

import (
	"fmt"
	"net/http"
	"os"
	"unsafe"

	"golang.org/x/sys/unix"
)

func main() {
	fmt.Println("Hello World!")
	must(insmod("/e1000.ko"))
	must(address("eth0", [4]byte{10, 0, 2, 15}, [4]byte{255, 255, 255, 0}))
	http.HandleFunc("/", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "Hello World!") })
	must(http.ListenAndServe(":80", nil))
}

func must(err error) {
	if err != nil {
		fmt.Println(err)
		select {}
	}
}

func insmod(path string) error {
	file, err := os.Open(path)
	if os.IsNotExist(err) { // built into the kernel
		return nil
	}
	if err != nil {
		return err
	}
	defer file.Close()
	return unix.FinitModule(int(file.Fd()), "", 0)
}

// ifreq is struct ifreq with an address or flags (netdevice(7)).
type ifreq struct {
	name [16]byte
	data [24]byte
}

func address(name string, ip, mask [4]byte) error {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	for _, request := range []struct {
		number uintptr
		data   []byte
	}{
		{unix.SIOCSIFADDR, append([]byte{unix.AF_INET, 0, 0, 0}, ip[:]...)},
		{unix.SIOCSIFNETMASK, append([]byte{unix.AF_INET, 0, 0, 0}, mask[:]...)},
		{unix.SIOCSIFFLAGS, []byte{unix.IFF_UP | unix.IFF_RUNNING, 0}},
	} {
		var r ifreq
		copy(r.name[:], name)
		copy(r.data[:], request.data)
		if _, _, errno := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), request.number, uintptr(unsafe.Pointer(&r))); errno != 0 {
			return errno
		}
	}
	return nil
}
