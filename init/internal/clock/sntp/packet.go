// Package sntp asks a time server how far the clock is off: SNTP, RFC 4330.
package sntp

import (
	"encoding/binary"
	"time"

	"github.com/pkg/errors"
)

// packetSize is the size in bytes of a packet without extensions (RFC 5905, 7.3).
const packetSize = 48

// The fields of the first byte: leap indicator, version and mode (RFC 5905, 7.3).
const (
	version   = 4
	modeAsk   = 3
	modeReply = 4
	leapAlarm = 3 // the server's own clock is not set
)

// maxDistance is how far the time of a usable server may be off (RFC 5905, 7.2,
// MAXDISP).
const maxDistance = 16 * time.Second

// Refusal is the error if a server says that it must not be asked: the "kiss of death"
// (RFC 4330, 8).
type Refusal struct{ Code string }

func (r Refusal) Error() string { return "the server refuses: " + r.Code }

// reply is a server's answer.
type reply struct {
	stratum           int
	received, sent    time.Time // by the server's clock
	distance          time.Duration
	origin, transmits uint64
}

// request returns a packet that asks for the time. Its transmit timestamp is a nonce.
// Only the server learns it, so it proves that an answer is the server's.
func request(nonce uint64) []byte {
	b := make([]byte, packetSize)
	b[0] = version<<3 | modeAsk
	binary.BigEndian.PutUint64(b[40:], nonce)
	return b
}

// parse parses the answer to the request with this nonce.
func parse(b []byte, nonce uint64) (reply, error) {
	if len(b) < packetSize {
		return reply{}, errors.Errorf("an answer of %d bytes: it must have %d", len(b), packetSize)
	}
	r := reply{
		stratum:   int(b[1]),
		received:  fromTimestamp(binary.BigEndian.Uint64(b[32:])),
		sent:      fromTimestamp(binary.BigEndian.Uint64(b[40:])),
		distance:  fromShort(b[4:])/2 + fromShort(b[8:]),
		origin:    binary.BigEndian.Uint64(b[24:]),
		transmits: binary.BigEndian.Uint64(b[40:]),
	}
	switch v, mode := b[0]>>3&7, b[0]&7; {
	case mode != modeReply || v < 1 || v > version:
		return reply{}, errors.Errorf("not an answer but mode %d of version %d", mode, v)
	case r.origin != nonce:
		return reply{}, errors.New("an answer to another question")
	case r.stratum == 0:
		return reply{}, Refusal{code(b[12:16])}
	case b[0]>>6 == leapAlarm || r.stratum > 15 || r.transmits == 0:
		return reply{}, errors.New("the server's own clock is not set")
	case r.distance > maxDistance:
		return reply{}, errors.Errorf("the server's time may be wrong by %s", r.distance)
	}
	return r, nil
}

// code returns a kiss code, which is four ASCII letters.
func code(b []byte) string {
	for _, c := range b {
		if c < 'A' || c > 'Z' {
			return "(no reason)"
		}
	}
	return string(b)
}

// fromTimestamp converts a timestamp: seconds since 1900 and their fraction. The
// seconds wrap around in 2036, so those without the first bit are later than that (RFC
// 4330, 3).
func fromTimestamp(t uint64) time.Time {
	const to1970 = 2208988800 // seconds from 1900
	seconds := int64(t >> 32)
	if seconds < 1<<31 {
		seconds += 1 << 32
	}
	return time.Unix(seconds-to1970, int64(t&0xffffffff*1e9>>32))
}

// fromShort converts seconds and their fraction, of 16 bits each.
func fromShort(b []byte) time.Duration {
	return time.Duration(uint64(binary.BigEndian.Uint32(b)) * 1e9 >> 16)
}
