package broker

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// Errors of a stream.
var (
	ErrFull     = errors.New("the stream is full")
	ErrTwice    = errors.New("the stream holds a message on this subject")
	ErrTooLarge = errors.New("the message is larger than the stream takes")
	ErrNoneLeft = errors.New("no such message")
)

// StreamConfig is a stream of messages, each alone on its subject, kept until
// it is erased or too old: on disk, or for as long as the server runs.
type StreamConfig struct {
	Name     string
	Subjects string // with wildcards
	MaxAge   time.Duration
	MaxBytes int64
	MaxSize  int32 // of one message
	Replicas int
	Memory   bool // nothing of it is written to disk
}

// Stream is kept messages.
type Stream struct {
	js     jetstream.JetStream
	stream jetstream.Stream
}

// OpenStream makes the stream, or finds it and gives it these settings.
func (c *Conn) OpenStream(ctx context.Context, s StreamConfig) (*Stream, error) {
	js, err := jetstream.New(c.nc)
	if err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	storage := jetstream.FileStorage
	if s.Memory {
		storage = jetstream.MemoryStorage
	}
	stream, err := js.CreateOrUpdateStream(ctx, jetstream.StreamConfig{
		Name: s.Name, Subjects: []string{s.Subjects}, Storage: storage,
		Retention: jetstream.LimitsPolicy, Discard: jetstream.DiscardNew, DiscardNewPerSubject: true, MaxMsgsPerSubject: 1,
		MaxAge: s.MaxAge, MaxBytes: s.MaxBytes, MaxMsgSize: s.MaxSize, Replicas: s.Replicas,
		DenyPurge: true, AllowDirect: true, Duplicates: time.Second,
	})
	if err != nil {
		return nil, fmt.Errorf("open stream: %w", err)
	}
	return &Stream{js: js, stream: stream}, nil
}

// Put keeps a message. When it returns nil the server has it; whether it has
// reached the disk is the server's sync setting.
func (s *Stream) Put(ctx context.Context, subject string, body []byte) error {
	_, err := s.js.PublishMsg(ctx, &nats.Msg{Subject: subject, Data: body})
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		switch {
		case strings.Contains(api.Description, "per subject"):
			return ErrTwice
		case strings.Contains(api.Description, "message size"):
			return ErrTooLarge
		case api.Code == 503 || strings.Contains(api.Description, "maximum"):
			return ErrFull
		}
	}
	if err != nil {
		return fmt.Errorf("put: %w: %w", ErrUnreachable, err)
	}
	return nil
}

// Kept is a kept message.
type Kept struct {
	Subject string
	Body    []byte
	at      uint64
}

// Next is the first message at or after a place whose subject matches, and the
// place behind it; ErrNoneLeft where there is none. Begin at 0.
func (s *Stream) Next(ctx context.Context, subjects string, place uint64) (Kept, uint64, error) {
	m, err := s.stream.GetMsg(ctx, max(place, 1), jetstream.WithGetMsgSubject(subjects))
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return Kept{}, 0, ErrNoneLeft
	}
	if err != nil {
		return Kept{}, 0, fmt.Errorf("next: %w: %w", ErrUnreachable, err)
	}
	return Kept{Subject: m.Subject, Body: m.Data, at: m.Sequence}, m.Sequence + 1, nil
}

// Subjects are the subjects of what is kept that match, wildcards and all.
func (s *Stream) Subjects(ctx context.Context, subjects string) ([]string, error) {
	info, err := s.stream.Info(ctx, jetstream.WithSubjectFilter(subjects))
	if err != nil {
		return nil, fmt.Errorf("subjects: %w: %w", ErrUnreachable, err)
	}
	return slices.Collect(maps.Keys(info.State.Subjects)), nil
}

// Erase removes a message and overwrites it where it lay. One that is gone
// already is no error.
func (s *Stream) Erase(ctx context.Context, k Kept) error {
	err := s.stream.SecureDeleteMsg(ctx, k.at)
	if err == nil {
		return nil
	}
	// The library tells of a failed deletion in words alone.
	if _, gone := s.stream.GetMsg(ctx, k.at); errors.Is(gone, jetstream.ErrMsgNotFound) {
		return nil
	}
	return fmt.Errorf("erase: %w: %w", ErrUnreachable, err)
}
