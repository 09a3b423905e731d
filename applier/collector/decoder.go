package collector

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net/netip"

	"sluice/validation"
)

// ErrUnknownFormat is wrapped by errors about datagrams in none of the formats. The Message
// returned with it has no meaningful Format.
var ErrUnknownFormat = errors.New("not NetFlow v5, sFlow v5 or IPFIX")

// Decoder decodes datagrams. It keeps the IPFIX templates of each exporter's socket and
// observation domain. It isn't safe for concurrent use.
type Decoder struct {
	templates *templateStore
}

// NewDecoder returns a Decoder that knows no templates.
func NewDecoder() *Decoder {
	return &Decoder{templates: newTemplateStore(defaultLimits())}
}

// Decode decodes one datagram; its first bytes tell the format. With an error, the Message
// says what was read before it. The Message doesn't refer to datagram's memory.
func (d *Decoder) Decode(exporter netip.AddrPort, datagram []byte) (Message, error) {
	exporter = netip.AddrPortFrom(exporter.Addr().Unmap(), exporter.Port())
	m := Message{Exporter: exporter.Addr(), Source: exporter, Length: len(datagram)}
	format, err := formatOf(datagram)
	if err != nil {
		return m, err
	}
	m.Format = format
	switch format {
	case validation.NetFlow:
		err = decodeNetFlow(datagram, &m)
	case validation.SFlow:
		err = decodeSFlow(datagram, &m)
	case validation.IPFIX:
		err = d.decodeIPFIX(exporter, datagram, &m)
	case validation.Kafka, validation.OpenTelemetry, validation.Loki, validation.Unrecognized: // not of Open vSwitch
	}
	if err != nil {
		return m, fmt.Errorf("%s datagram of %d bytes: %w", format, len(datagram), err)
	}
	return m, nil
}

// formatOf reads the version. NetFlow and IPFIX have it in two bytes, sFlow in four.
func formatOf(datagram []byte) (validation.Format, error) {
	if len(datagram) < 4 {
		return 0, fmt.Errorf("%w: %d bytes", ErrUnknownFormat, len(datagram))
	}
	switch version := binary.BigEndian.Uint16(datagram); version {
	case 5:
		return validation.NetFlow, nil
	case 10:
		return validation.IPFIX, nil
	case 9:
		return 0, fmt.Errorf("%w: NetFlow v9", ErrUnknownFormat)
	case 0:
		version := binary.BigEndian.Uint32(datagram)
		if version == 5 {
			return validation.SFlow, nil
		}
		return 0, fmt.Errorf("%w: sFlow version %d", ErrUnknownFormat, version)
	default:
		return 0, fmt.Errorf("%w: version %d", ErrUnknownFormat, version)
	}
}
