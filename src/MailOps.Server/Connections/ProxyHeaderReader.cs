using System.Buffers.Binary;

namespace MailOps.Server.Connections;

/// <summary>Reads a PROXY header from a connection, and not one octet more: what follows may be a TLS handshake.</summary>
internal static class ProxyHeaderReader
{
    private static readonly ProxyHeader Ended = ProxyHeader.Wrong("the connection ended before the header did");

    /// <summary>Reads it. Whoever begins with something else is found out at the first octet that differs.</summary>
    public static async ValueTask<ProxyHeader> ReadAsync(Stream stream, CancellationToken cancel)
    {
        var start = new byte[ProxyHeader.BlockSignature.Length];
        for (var length = 0; length < start.Length;)
        {
            var read = await stream.ReadAsync(start.AsMemory(length), cancel);
            if (read == 0)
                return Ended;
            length += read;
            if (!MayBegin(start.AsSpan(0, length)))
                return ProxyHeader.Wrong("what came first is no PROXY header");
        }

        return start.AsSpan().SequenceEqual(ProxyHeader.BlockSignature) ? await ReadBlockAsync(stream, start, cancel) : await ReadLineAsync(stream, start, cancel);
    }

    private static bool MayBegin(ReadOnlySpan<byte> start) =>
        ProxyHeader.BlockSignature.StartsWith(start)
        || start.StartsWith(ProxyHeader.LineSignature[..Math.Min(start.Length, ProxyHeader.LineSignature.Length)]);

    private static async ValueTask<ProxyHeader> ReadLineAsync(Stream stream, byte[] start, CancellationToken cancel)
    {
        var line = new byte[ProxyHeader.LongestLine];
        start.CopyTo(line, 0);
        var length = start.Length;
        while (line[length - 1] != '\n' && length < line.Length)
        {
            if (await stream.ReadAsync(line.AsMemory(length, 1), cancel) == 0)
                return Ended;
            length++;
        }

        return ProxyHeader.ReadLine(line.AsSpan(0, length));
    }

    private static async ValueTask<ProxyHeader> ReadBlockAsync(Stream stream, byte[] start, CancellationToken cancel)
    {
        var fixedPart = new byte[ProxyHeader.BlockStart];
        start.CopyTo(fixedPart, 0);
        if (!await FillAsync(stream, fixedPart.AsMemory(start.Length), cancel))
            return Ended;

        var block = new byte[ProxyHeader.BlockStart + BinaryPrimitives.ReadUInt16BigEndian(fixedPart.AsSpan(14))];
        fixedPart.CopyTo(block, 0);
        return await FillAsync(stream, block.AsMemory(fixedPart.Length), cancel) ? ProxyHeader.ReadBlock(block) : Ended;
    }

    private static async ValueTask<bool> FillAsync(Stream stream, Memory<byte> octets, CancellationToken cancel) =>
        await stream.ReadAtLeastAsync(octets, octets.Length, throwOnEndOfStream: false, cancel) == octets.Length;
}
