using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MailOps.Tests.Support;

/// <summary>A question as the stand-in name server got it.</summary>
public sealed record StandInQuestion(string Name, ushort Type, bool Tcp, bool DnssecOk = false);

/// <summary>What the stand-in answers: by default NOERROR with the records given.</summary>
public sealed class StandInReply
{
    public int ResponseCode { get; init; }
    public List<StandInRecord> Records { get; init; } = [];
    public bool Truncated { get; init; }

    /// <summary>Whether the answer says that it was validated (AD), if the question asked for DNSSEC (DO).</summary>
    public bool Authenticated { get; init; }
    public bool WrongId { get; init; }
    public string? OtherName { get; init; }
    public byte[]? Raw { get; init; }
    public Task Until { get; init; } = Task.CompletedTask;

    public static StandInReply Of(params StandInRecord[] records) => new() { Records = [.. records] };
    public static StandInReply Signed(params StandInRecord[] records) => new() { Records = [.. records], Authenticated = true };
    public static StandInReply NameError => new() { ResponseCode = 3 };
    public static StandInReply ServerFailure => new() { ResponseCode = 2 };
}

/// <summary>A resource record in wire form.</summary>
public sealed record StandInRecord(string Name, ushort Type, uint Ttl, byte[] Data)
{
    public static StandInRecord Mx(string name, ushort preference, string exchange, uint ttl = 300) =>
        new(name, 15, ttl, [(byte)(preference >> 8), (byte)preference, .. StandInDns.Encode(exchange)]);

    public static StandInRecord Address(string name, string address, uint ttl = 300) =>
        IPAddress.Parse(address) is { AddressFamily: AddressFamily.InterNetworkV6 } v6
            ? new(name, 28, ttl, v6.GetAddressBytes())
            : new(name, 1, ttl, IPAddress.Parse(address).GetAddressBytes());

    public static StandInRecord Alias(string name, string target, uint ttl = 300) => new(name, 5, ttl, StandInDns.Encode(target));

    /// <summary>A TXT record of strings of at most 255 octets.</summary>
    public static StandInRecord Txt(string name, params string[] strings) =>
        new(name, 16, 300, [.. strings.SelectMany(s => (byte[])[(byte)Encoding.UTF8.GetByteCount(s), .. Encoding.UTF8.GetBytes(s)])]);

    public static StandInRecord Tlsa(string name, byte usage, byte selector, byte matchingType, byte[] data, uint ttl = 300) =>
        new(name, 52, ttl, [usage, selector, matchingType, .. data]);
}

/// <summary>A small name server on loopback, UDP and TCP on one port, that answers by script. A null reply is silence.</summary>
public sealed class StandInDns : IAsyncDisposable
{
    public const ushort A = 1, Cname = 5, Mx = 15, Txt = 16, Aaaa = 28, Tlsa = 52;

    private readonly Func<StandInQuestion, StandInReply?> _script;
    private readonly CancellationTokenSource _stop = new();
    private readonly Socket _udp = new(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
    private readonly TcpListener _tcp;
    private int _underWay;
    private int _most;

    public StandInDns(Func<StandInQuestion, StandInReply?> script)
    {
        _script = script;
        _tcp = Listen();
        _ = ServeUdpAsync();
        _ = ServeTcpAsync();
    }

    public int Port { get; private set; }

    public ConcurrentQueue<StandInQuestion> Asked { get; } = new();

    public int MostAtOnce => _most;

    // TCP takes a free port; UDP must get the same one.
    private TcpListener Listen()
    {
        while (true)
        {
            var tcp = new TcpListener(IPAddress.Loopback, 0);
            tcp.Start();
            Port = ((IPEndPoint)tcp.LocalEndpoint).Port;
            try
            {
                _udp.Bind(new IPEndPoint(IPAddress.Loopback, Port));
                return tcp;
            }
            catch (SocketException)
            {
                tcp.Dispose();
            }
        }
    }

    private async Task ServeUdpAsync()
    {
        var buffer = new byte[4096];
        while (!_stop.IsCancellationRequested)
        {
            try
            {
                var got = await _udp.ReceiveFromAsync(buffer, SocketFlags.None, new IPEndPoint(IPAddress.Any, 0), _stop.Token);
                var request = buffer[..got.ReceivedBytes];
                _ = Task.Run(async () =>
                {
                    if (await AnswerAsync(request, tcp: false) is { } response)
                        await _udp.SendToAsync(response, SocketFlags.None, got.RemoteEndPoint);
                });
            }
            catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
            {
            }
        }
    }

    private async Task ServeTcpAsync()
    {
        try
        {
            while (true)
            {
                var client = await _tcp.AcceptTcpClientAsync(_stop.Token);
                _ = Task.Run(() => ServeTcpClientAsync(client));
            }
        }
        catch (Exception e) when (e is SocketException or OperationCanceledException or ObjectDisposedException)
        {
        }
    }

    private async Task ServeTcpClientAsync(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var length = new byte[2];
                while (true)
                {
                    await stream.ReadExactlyAsync(length, _stop.Token);
                    var request = new byte[BinaryPrimitives.ReadUInt16BigEndian(length)];
                    await stream.ReadExactlyAsync(request, _stop.Token);
                    if (await AnswerAsync(request, tcp: true) is not { } response)
                        continue;
                    await stream.WriteAsync((byte[])[(byte)(response.Length >> 8), (byte)response.Length, .. response], _stop.Token);
                }
            }
            catch (Exception e) when (e is IOException or OperationCanceledException)
            {
            }
        }
    }

    private async Task<byte[]?> AnswerAsync(byte[] request, bool tcp)
    {
        var at = 12;
        var labels = new List<string>();
        while (request[at] != 0)
        {
            labels.Add(Encoding.ASCII.GetString(request, at + 1, request[at]));
            at += request[at] + 1;
        }

        var type = BinaryPrimitives.ReadUInt16BigEndian(request.AsSpan(at + 1));
        // The one additional record of a question is OPT, with the DO bit on top of the lower half of its TTL (RFC 3225 section 3).
        var dnssecOk = request[11] == 1 && request.Length > at + 5 + 8 && (request[at + 5 + 7] & 0x80) != 0;
        var question = new StandInQuestion(string.Join('.', labels), type, tcp, dnssecOk);
        Asked.Enqueue(question);
        var now = Interlocked.Increment(ref _underWay);
        int most;
        while (now > (most = _most) && Interlocked.CompareExchange(ref _most, now, most) != most)
        {
        }

        try
        {
            if (_script(question) is not { } reply)
                return null;
            await reply.Until.WaitAsync(_stop.Token);
            return reply.Raw ?? Message(request, question, reply);
        }
        catch (OperationCanceledException)
        {
            return null;
        }
        finally
        {
            Interlocked.Decrement(ref _underWay);
        }
    }

    private static byte[] Message(byte[] request, StandInQuestion question, StandInReply reply)
    {
        var id = BinaryPrimitives.ReadUInt16BigEndian(request);
        if (reply.WrongId)
            id ^= 0x5555;
        var message = new List<byte>
        {
            (byte)(id >> 8), (byte)id,
            (byte)(0x81 | (reply.Truncated ? 2 : 0)), (byte)(0x80 | (reply.Authenticated && question.DnssecOk ? 0x20 : 0) | reply.ResponseCode),
            0, 1, (byte)(reply.Records.Count >> 8), (byte)reply.Records.Count, 0, 0, 0, 0,
        };
        message.AddRange(Encode(reply.OtherName ?? question.Name));
        message.AddRange([(byte)(question.Type >> 8), (byte)question.Type, 0, 1]);
        foreach (var record in reply.Records)
        {
            message.AddRange(Encode(record.Name));
            message.AddRange([(byte)(record.Type >> 8), (byte)record.Type, 0, 1]);
            message.AddRange([(byte)(record.Ttl >> 24), (byte)(record.Ttl >> 16), (byte)(record.Ttl >> 8), (byte)record.Ttl]);
            message.AddRange([(byte)(record.Data.Length >> 8), (byte)record.Data.Length, .. record.Data]);
        }

        return [.. message];
    }

    internal static byte[] Encode(string name)
    {
        var bytes = new List<byte>();
        foreach (var label in name.Split('.', StringSplitOptions.RemoveEmptyEntries))
            bytes.AddRange([(byte)label.Length, .. Encoding.ASCII.GetBytes(label)]);
        bytes.Add(0);
        return [.. bytes];
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _udp.Dispose();
        _tcp.Dispose();
    }
}
