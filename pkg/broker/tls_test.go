package broker_test

import (
	"errors"
	"testing"

	"github.com/posada-exchange/posada/pkg/broker"
	"github.com/posada-exchange/posada/pkg/roster"
)

func TestWithoutPinsNobodyElsesMachineIsSpokenTo(t *testing.T) {
	for address, want := range map[string]struct{ pinned, plain error }{
		"tls://127.0.0.1:4222":               {nil, broker.ErrPlain},
		"tls://203.0.113.7:4222":             {nil, broker.ErrPlain},
		"tls://hub.example:4222":             {nil, broker.ErrPlain},
		"tls://[2001:db8::1]:4222":           {nil, broker.ErrPlain},
		"nats://127.0.0.1:4222":              {broker.ErrNotTLS, nil},
		"nats://[::1]:4222":                  {broker.ErrNotTLS, nil},
		"nats://localhost:4222":              {broker.ErrNotTLS, broker.ErrPlain},
		"nats://203.0.113.7:4222":            {broker.ErrNotTLS, broker.ErrPlain},
		"nats://0.0.0.0:4222":                {broker.ErrNotTLS, broker.ErrPlain},
		"nats://127.0.0.1.example:4222":      {broker.ErrNotTLS, broker.ErrPlain},
		"nats://127.0.0.1@203.0.113.7:4222":  {broker.ErrAddress, broker.ErrAddress},
		"tls://127.0.0.1:4222,nats://x:4222": {broker.ErrAddress, broker.ErrAddress},
		"tls://127.0.0.1:4222,x:4222":        {broker.ErrAddress, broker.ErrAddress},
		"ws://127.0.0.1:4222":                {broker.ErrAddress, broker.ErrAddress},
		"wss://127.0.0.1:4222":               {broker.ErrAddress, broker.ErrAddress},
		"TLS:127.0.0.1:4222":                 {broker.ErrAddress, broker.ErrAddress},
		"127.0.0.1:4222":                     {broker.ErrAddress, broker.ErrAddress},
		"tls://127.0.0.1":                    {broker.ErrAddress, broker.ErrAddress},
		"tls://:4222":                        {broker.ErrAddress, broker.ErrAddress},
		"tls://127.0.0.1:4222/x":             {broker.ErrAddress, broker.ErrAddress},
		"tls://127.0.0.1:4222?x=y":           {broker.ErrAddress, broker.ErrAddress},
		"":                                   {broker.ErrAddress, broker.ErrAddress},
	} {
		k := newKey(t)
		for _, c := range []struct {
			pins []roster.Pin
			want error
		}{{[]roster.Pin{{1}}, want.pinned}, {nil, want.plain}} {
			if err := broker.CheckURL(address, len(c.pins) > 0); !errors.Is(err, c.want) {
				t.Errorf("%s with %d pins: %v; want %v", address, len(c.pins), err, c.want)
			}
			if c.want == nil {
				continue
			}
			if conn, err := broker.Dial(broker.Dialing{URL: address, Seed: k.seed, Pins: roster.Pinned(c.pins...)}); !errors.Is(err, c.want) {
				t.Errorf("%s with %d pins was dialled: %v", address, len(c.pins), err)
				if conn != nil {
					conn.Close()
				}
			}
		}
	}
}
