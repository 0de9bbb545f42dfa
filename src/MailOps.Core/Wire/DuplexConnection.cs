using System.IO.Pipelines;
using System.Net.Security;

namespace MailOps.Wire;

/// <summary>
/// A connection as two pipes, with TLS and compression as layers that can be put under them, each once. Both ends of every protocol speak
/// through one of these.
/// </summary>
public sealed class DuplexConnection : IAsyncDisposable
{
    // Zero-byte reads: an idle connection holds no buffer. They cost a system call for each time that the peer speaks.
    private static readonly StreamPipeReaderOptions Idling = new(bufferSize: 16 * 1024, minimumReadSize: 4 * 1024, useZeroByteReads: true, leaveOpen: true);
    private static readonly StreamPipeReaderOptions Busy = new(bufferSize: 16 * 1024, minimumReadSize: 4 * 1024, useZeroByteReads: false, leaveOpen: true);
    // Each piece of memory is a write of its own: large, so that several replies leave in one. None is held while nothing waits to be sent.
    private static readonly StreamPipeWriterOptions WriterOptions = new(minimumBufferSize: 64 * 1024, leaveOpen: true);

    private readonly StreamPipeReaderOptions _readerOptions;
    private Stream _stream;

    /// <summary>Takes the stream over; it is disposed with the connection.</summary>
    /// <param name="stream">The connection.</param>
    /// <param name="idles">False where the peer is expected to speak soon: what waits for it then holds a buffer.</param>
    public DuplexConnection(Stream stream, bool idles = true)
    {
        _stream = stream;
        _readerOptions = idles ? Idling : Busy;
        Input = PipeReader.Create(stream, _readerOptions);
        Output = PipeWriter.Create(stream, WriterOptions);
    }

    /// <summary>What the peer sends. Another object after TLS was negotiated.</summary>
    public PipeReader Input { get; private set; }

    /// <summary>What is sent to the peer. Another object after TLS was negotiated.</summary>
    public PipeWriter Output { get; private set; }

    /// <summary>The handshake's result, or null on a plain connection.</summary>
    public TlsFacts? Tls { get; private set; }

    /// <summary>The TLS layer itself, or null on a plain connection: for channel binding and certificates.</summary>
    public SslStream? TlsStream { get; private set; }

    /// <summary>
    /// True if octets wait that the peer sent before a handshake. After STARTTLS these are an injection: whoever finds
    /// them drops the connection (RFC 3207 section 4.2, CVE-2011-0411).
    /// </summary>
    public bool HasBufferedInput
    {
        get
        {
            if (!Input.TryRead(out var read))
                return false;

            var any = !read.Buffer.IsEmpty;
            Input.AdvanceTo(read.Buffer.Start);
            // An interruption is meant for the read that waits, not for this look.
            if (read.IsCanceled)
                Input.CancelPendingRead();
            return any;
        }
    }

    /// <summary>Negotiates TLS as the server. Throws <see cref="System.Security.Authentication.AuthenticationException"/> or <see cref="IOException"/> if that fails.</summary>
    public Task SecureAsServerAsync(SslServerAuthenticationOptions options, CancellationToken cancel) =>
        SecureAsync(tls => tls.AuthenticateAsServerAsync(options, cancel));

    /// <summary>Negotiates TLS as the client. Throws <see cref="System.Security.Authentication.AuthenticationException"/> or <see cref="IOException"/> if that fails.</summary>
    public Task SecureAsClientAsync(SslClientAuthenticationOptions options, CancellationToken cancel) =>
        SecureAsync(tls => tls.AuthenticateAsClientAsync(options, cancel));

    private async Task SecureAsync(Func<SslStream, Task> handshake)
    {
        if (Tls is not null)
            throw new InvalidOperationException("The connection is already secured with TLS.");

        await Input.CompleteAsync().ConfigureAwait(false);
        await Output.CompleteAsync().ConfigureAwait(false);
        var tls = new SslStream(_stream, leaveInnerStreamOpen: false);
        _stream = tls;
        await handshake(tls).ConfigureAwait(false);
        TlsStream = tls;
        Tls = TlsFacts.Of(tls);
        Input = PipeReader.Create(tls, _readerOptions);
        Output = PipeWriter.Create(tls, WriterOptions);
    }

    /// <summary>True once what goes over the connection is compressed.</summary>
    public bool IsCompressed { get; private set; }

    /// <summary>Compresses both ways from here on, above TLS if that is there. Nothing may wait in either direction.</summary>
    public async Task CompressAsync()
    {
        if (IsCompressed)
            throw new InvalidOperationException("The connection is already compressed.");

        await Input.CompleteAsync().ConfigureAwait(false);
        await Output.CompleteAsync().ConfigureAwait(false);
        _stream = new DeflatedStream(_stream);
        IsCompressed = true;
        Input = PipeReader.Create(_stream, _readerOptions);
        Output = PipeWriter.Create(_stream, WriterOptions);
    }

    /// <summary>Sends close_notify on a TLS connection, so that the peer knows that nothing was cut off.</summary>
    public async ValueTask ShutdownAsync()
    {
        if (TlsStream is not null)
            await TlsStream.ShutdownAsync().ConfigureAwait(false);
    }

    /// <summary>Closes the stream below.</summary>
    public async ValueTask DisposeAsync()
    {
        await Input.CompleteAsync().ConfigureAwait(false);
        // Completing the writer would flush into a dead peer; the stream is closed under it instead.
        await _stream.DisposeAsync().ConfigureAwait(false);
    }
}
