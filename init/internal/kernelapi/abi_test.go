//go:build linux

package kernelapi

import (
	"testing"
	"unsafe"

	"golang.org/x/sys/unix"

	"github.com/scratchmachine/packer-plugin-scratchmachine/init/internal/abitest"
)

// TestABI: the structures of ioctls and system calls match the kernel's headers. This
// includes those of x/sys/unix, because we rely on their layout.
func TestABI(t *testing.T) {
	var (
		mii miiRequest
		rtc unix.RTCTime
		tx  unix.Timex
	)
	abitest.Check(t, "net/if.h linux/mii.h linux/sockios.h linux/rtc.h sys/timex.h sys/ioctl.h linux/reboot.h", []abitest.Value{
		{C: "sizeof(struct ifreq)", Go: unsafe.Sizeof(mii)},
		{C: "offsetof(struct ifreq, ifr_name)", Go: unsafe.Offsetof(mii.name)},
		{C: "offsetof(struct ifreq, ifr_data) + offsetof(struct mii_ioctl_data, phy_id)", Go: unsafe.Offsetof(mii.phy)},
		{C: "offsetof(struct ifreq, ifr_data) + offsetof(struct mii_ioctl_data, reg_num)", Go: unsafe.Offsetof(mii.register)},
		{C: "offsetof(struct ifreq, ifr_data) + offsetof(struct mii_ioctl_data, val_in)", Go: unsafe.Offsetof(mii.in)},
		{C: "offsetof(struct ifreq, ifr_data) + offsetof(struct mii_ioctl_data, val_out)", Go: unsafe.Offsetof(mii.out)},
		{C: "MII_BMSR", Go: basicStatus},
		{C: "BMSR_LSTATUS", Go: linkStatus},
		{C: "SIOCGMIIPHY", Go: unix.SIOCGMIIPHY},
		{C: "SIOCGMIIREG", Go: unix.SIOCGMIIREG},
		{C: "SIOCOUTQ", Go: unix.SIOCOUTQ},

		{C: "sizeof(struct rtc_time)", Go: unsafe.Sizeof(rtc)},
		{C: "offsetof(struct rtc_time, tm_year)", Go: unsafe.Offsetof(rtc.Year)},
		{C: "RTC_SET_TIME", Go: unix.RTC_SET_TIME},

		{C: "sizeof(struct timex)", Go: unsafe.Sizeof(tx)},
		{C: "offsetof(struct timex, offset)", Go: unsafe.Offsetof(tx.Offset)},
		{C: "offsetof(struct timex, status)", Go: unsafe.Offsetof(tx.Status)},
		{C: "offsetof(struct timex, constant)", Go: unsafe.Offsetof(tx.Constant)},
		{C: "offsetof(struct timex, time)", Go: unsafe.Offsetof(tx.Time)},
		{C: "ADJ_SETOFFSET | ADJ_NANO", Go: unix.ADJ_SETOFFSET | unix.ADJ_NANO},
		{C: "STA_PLL", Go: unix.STA_PLL},

		{C: "LINUX_REBOOT_CMD_RESTART", Go: unix.LINUX_REBOOT_CMD_RESTART},
		{C: "LINUX_REBOOT_CMD_POWER_OFF", Go: unix.LINUX_REBOOT_CMD_POWER_OFF},
		{C: "LINUX_REBOOT_CMD_CAD_OFF", Go: unix.LINUX_REBOOT_CMD_CAD_OFF},
	})
}
