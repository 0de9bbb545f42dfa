using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace MailOps.Tests.Support;

/// <summary>
/// A stand-in server for one client after the other, told by a script what to say and what to wait for. It keeps every
/// octet it gets, so a test compares what was really sent.
/// </summary>
/// <example><code>
/// await using var peer = ScriptedPeer.Start(async server =>
/// {
///     await server.SayAsync("220 mx.example ESMTP");
///     await server.HearLineAsync();
///     await server.SayAsync("250 mx.example");
/// });
/// </code></example>
public sealed class ScriptedPeer : IAsyncDisposable
{
    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private readonly MemoryStream _received = new();

    private ScriptedPeer(Func<Conversation, Task> script)
    {
        _listener = new TcpListener(IPAddress.Loopback, 0);
        _listener.Start();
        _serving = ServeAsync(script);
    }

    /// <summary>Where it listens, on 127.0.0.1.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>All octets that came so far, after TLS was taken off, as Latin-1 text.</summary>
    public string Received
    {
        get
        {
            lock (_received)
                return Encoding.Latin1.GetString(_received.GetBuffer(), 0, (int)_received.Length);
        }
    }

    /// <summary>What the script threw, if it did: a client that left early is no error.</summary>
    public Exception? Failure { get; private set; }

    /// <summary>Starts a peer that runs the script for each connection.</summary>
    public static ScriptedPeer Start(Func<Conversation, Task> script) => new(script);

    /// <summary>
    /// Starts a peer that plays a dialogue written as in the textbooks: lines that start with <c>S: </c> are said, each
    /// line that starts with <c>C: </c> waits for one line of the client, whatever it is. Then it waits for the client to close.
    /// </summary>
    public static ScriptedPeer Play(string dialogue) => Start(async server =>
    {
        foreach (var line in dialogue.ReplaceLineEndings("\n").Split('\n'))
        {
            if (line.StartsWith("S: ", StringComparison.Ordinal))
                await server.SayAsync(line[3..]);
            else if (line is ['C', ':', ..])
                await server.HearLineAsync();
        }

        await server.HearEndAsync();
    });

    /// <summary>Waits until the script has ended for the current connection.</summary>
    public async Task<string> ReceivedAtEndAsync()
    {
        await Waiting.UntilAsync(() => Volatile.Read(ref _ended) != 0, () => $"The script does not end. It received: {Received}");
        return Received;
    }

    private int _ended;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        await _serving;
        _stop.Dispose();
    }

    private async Task ServeAsync(Func<Conversation, Task> script)
    {
        try
        {
            while (!_stop.IsCancellationRequested)
            {
                using var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                await using var conversation = new Conversation(client, Keep, _stop.Token);
                try
                {
                    await script(conversation);
                }
                catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException)
                {
                    // The client left.
                }
                catch (Exception e) when (e is not OperationCanceledException)
                {
                    Failure = e;
                }

                Volatile.Write(ref _ended, 1);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Stopped.
        }
    }

    private void Keep(ReadOnlySpan<byte> octets)
    {
        lock (_received)
            _received.Write(octets);
    }

    /// <summary>Receives octets as they come.</summary>
    public delegate void OctetSink(ReadOnlySpan<byte> octets);

    /// <summary>One client's connection, as a script sees it.</summary>
    public sealed class Conversation(TcpClient client, OctetSink keep, CancellationToken cancel) : IAsyncDisposable
    {
        private Stream _stream = client.GetStream();
        private readonly byte[] _read = new byte[4096];
        private Memory<byte> _ahead;

        /// <summary>Says a line, with CRLF.</summary>
        public Task SayAsync(string line) => SendAsync(line + "\r\n");

        /// <summary>Sends text as Latin-1, exactly.</summary>
        public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

        /// <summary>Sends octets in one piece.</summary>
        public async Task SendAsync(byte[] octets)
        {
            await _stream.WriteAsync(octets, cancel);
            await _stream.FlushAsync(cancel);
        }

        /// <summary>Waits for one line and returns it without its line end; null if the client closed.</summary>
        public async Task<string?> HearLineAsync()
        {
            var line = new StringBuilder();
            while (await ReadAheadAsync())
            {
                var end = _ahead.Span.IndexOf((byte)'\n');
                line.Append(Encoding.Latin1.GetString(Hear(end < 0 ? _ahead.Length : end + 1)));
                if (end >= 0)
                    return line.ToString(0, line.Length - 1).TrimEnd('\r');
            }

            return line.Length == 0 ? null : line.ToString();
        }

        /// <summary>Waits for so many octets and returns them as Latin-1; null if the client closed before.</summary>
        public async Task<string?> HearAsync(int count)
        {
            var octets = new StringBuilder(count);
            while (octets.Length < count && await ReadAheadAsync())
                octets.Append(Encoding.Latin1.GetString(Hear(Math.Min(count - octets.Length, _ahead.Length))));
            return octets.Length == count ? octets.ToString() : null;
        }

        private async ValueTask<bool> ReadAheadAsync()
        {
            if (_ahead.IsEmpty)
                _ahead = _read.AsMemory(0, await _stream.ReadAsync(_read, cancel));
            return !_ahead.IsEmpty;
        }

        private ReadOnlySpan<byte> Hear(int count)
        {
            var heard = _ahead.Span[..count];
            _ahead = _ahead[count..];
            keep(heard);
            return heard;
        }

        /// <summary>Waits for a line that is this one and nothing else, and returns how many lines came before it.</summary>
        public async Task<int> HearUntilAsync(string wanted)
        {
            for (var lines = 0; ; lines++)
            {
                var line = await HearLineAsync() ?? throw new IOException("The client closed.");
                if (line == wanted)
                    return lines;
            }
        }

        /// <summary>Hears until the client closes.</summary>
        public async Task HearEndAsync()
        {
            while (await HearLineAsync() is not null)
            {
            }
        }

        /// <summary>Says nothing and hears nothing until the peer is disposed.</summary>
        public Task HangAsync() => Task.Delay(Timeout.Infinite, cancel);

        /// <summary>Negotiates TLS as the server.</summary>
        public async Task SecureAsync(X509Certificate2 certificate)
        {
            if (!_ahead.IsEmpty)
                throw new InvalidOperationException("The client did not wait for the answer before it negotiates TLS.");
            var tls = new SslStream(_stream);
            _stream = tls;
            try
            {
                await tls.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancel);
            }
            catch (System.Security.Authentication.AuthenticationException e)
            {
                throw new IOException("The client refused the handshake.", e);
            }
        }

        /// <summary>Closes with a reset instead of an end.</summary>
        public void Reset()
        {
            client.LingerState = new LingerOption(enable: true, 0);
            client.Close();
        }

        public ValueTask DisposeAsync() => _stream.DisposeAsync();
    }
}
