package broker

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go/micro"
)

// Answer answers one request: who asked, by its route, and what. It must give
// at least one byte: an empty answer is a command to some of NATS's own
// subjects, and no service of ours ever sends one.
type Answer func(ctx context.Context, caller Route, body []byte) []byte

// maxAtOnce is how many requests one service works on at a time; more wait in
// the connection.
const maxAtOnce = 64

// Serve answers requests on prefix+<route> for each prefix, until ctx ends.
// ready is called when the bus knows of all of them.
func (c *Conn) Serve(ctx context.Context, name string, answers map[string]Answer, ready func()) error {
	service, err := micro.AddService(c.nc, micro.Config{Name: name, Version: "1.0.0"})
	if err != nil {
		return fmt.Errorf("serve %s: %w", name, err)
	}
	slots := make(chan struct{}, maxAtOnce)
	for prefix, answer := range answers {
		handle := micro.HandlerFunc(func(r micro.Request) {
			select {
			case slots <- struct{}{}:
			case <-ctx.Done():
				return // the asker asks again
			}
			go func() {
				defer func() { <-slots }()
				caller := Route(strings.TrimPrefix(r.Subject(), prefix))
				reply := answer(ctx, caller, r.Data())
				if len(reply) == 0 {
					reply = []byte{0xff}
				}
				// Where the asker is gone there is nobody to tell. The library's own
				// Respond notes its error where its reader may be looking already.
				_ = c.nc.Publish(r.Reply(), reply)
			}()
		})
		if err := service.AddEndpoint(verb(prefix), handle, micro.WithEndpointSubject(prefix+"*")); err != nil {
			return errors.Join(fmt.Errorf("serve %s: %w", name, err), service.Stop())
		}
	}
	if err := c.nc.Flush(); err != nil {
		return errors.Join(fmt.Errorf("serve %s: %w", name, err), service.Stop())
	}
	ready()
	<-ctx.Done()
	err = service.Stop()
	for range maxAtOnce { // wait for those under way
		slots <- struct{}{}
	}
	return err
}
