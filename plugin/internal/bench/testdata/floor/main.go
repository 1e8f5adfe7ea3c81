// Floor is the least init that serves: what no machine on this kernel and this
// network card is faster than. It loads the driver, waits for the link as
// init/machine does, and answers every connection in the same way.
package main

import (
	"os"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
)

const answer = "HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n"

func main() {
	if file, err := os.Open("/e1000.ko"); err == nil {
		_ = unix.FinitModule(int(file.Fd()), "", 0)
	}
	control, _ := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM, 0)
	for range 300 {
		if linked(control) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	request(control, unix.SIOCSIFADDR, append([]byte{unix.AF_INET, 0, 0, 0}, 10, 0, 2, 15))
	request(control, unix.SIOCSIFNETMASK, append([]byte{unix.AF_INET, 0, 0, 0}, 255, 255, 255, 0))
	request(control, unix.SIOCSIFFLAGS, []byte{unix.IFF_UP, 0})

	listener, _ := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0)
	_ = unix.Bind(listener, &unix.SockaddrInet4{Port: 80})
	_ = unix.Listen(listener, 128)
	for {
		connection, _, err := unix.Accept(listener)
		if err != nil {
			continue
		}
		_, _ = unix.Read(connection, make([]byte, 4096))
		_, _ = unix.Write(connection, []byte(answer))
		_ = unix.Close(connection)
	}
}

// linked asks the PHY for bit 2 of its register 1: linux/mii.h, BMSR_LSTATUS.
func linked(control int) bool {
	data := make([]byte, 8)
	data[2] = 1
	got := request(control, unix.SIOCGMIIREG, data)
	return got[6]&4 != 0
}

// request makes a request about eth0 with a struct ifreq (netdevice(7)).
func request(control int, number uintptr, data []byte) []byte {
	var r [40]byte
	copy(r[:], "eth0")
	copy(r[16:], data)
	_, _, _ = unix.Syscall(unix.SYS_IOCTL, uintptr(control), number, uintptr(unsafe.Pointer(&r)))
	return r[16:]
}
