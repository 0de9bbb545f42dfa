using System.Collections.Immutable;

namespace MailOps.Client.Probes.Hello;

/// <summary>Reads the messages of a server's first flight. Every read is checked against what is there.</summary>
internal ref struct HandshakeReader(ReadOnlySpan<byte> message)
{
    // SHA-256 of "HelloRetryRequest": RFC 8446 section 4.1.3.
    private static ReadOnlySpan<byte> RetryRandom =>
    [
        0xCF, 0x21, 0xAD, 0x74, 0xE5, 0x9A, 0x61, 0x11, 0xBE, 0x1D, 0x8C, 0x02, 0x1E, 0x65, 0xB8, 0x91,
        0xC2, 0xA2, 0x11, 0x16, 0x7A, 0xBB, 0x8C, 0x5E, 0x07, 0x9E, 0x09, 0xE2, 0xC8, 0xA8, 0x33, 0x9C,
    ];

    private ReadOnlySpan<byte> _rest = message;

    /// <summary>ServerHello or HelloRetryRequest (RFC 8446 section 4.1.3, RFC 5246 section 7.4.1.3).</summary>
    public bool TryServerHello(out HelloAnswer answer)
    {
        answer = null!;
        if (!U16(out var version) || !Take(32, out var random) || !Vector(1, out _) || !U16(out var suite) || !Take(1, out _))
            return false;

        ushort? group = null;
        if (!_rest.IsEmpty && Vector(2, out var extensions))
        {
            var reader = new HandshakeReader(extensions);
            while (reader.U16(out var type) && reader.Vector(2, out var content))
            {
                var field = new HandshakeReader(content);
                if (type == 43 && field.U16(out var selected))
                    version = selected;
                else if (type == 51 && field.U16(out var named))
                    group = named;
            }
        }

        var kind = random.SequenceEqual(RetryRandom) ? HelloAnswerKind.HelloRetryRequest : HelloAnswerKind.ServerHello;
        answer = new HelloAnswer(kind, $"{kind} {TlsNames.Version(version)}, {TlsNames.CipherSuite(suite)}")
        {
            Version = version,
            CipherSuite = suite,
            Group = group,
        };
        return true;
    }

    /// <summary>Certificate, up to TLS 1.2 (RFC 5246 section 7.4.2).</summary>
    public bool TryCertificates(out ImmutableArray<byte[]> certificates)
    {
        certificates = [];
        if (!Vector(3, out var list))
            return false;

        var reader = new HandshakeReader(list);
        var found = ImmutableArray.CreateBuilder<byte[]>();
        while (reader.Vector(3, out var certificate))
            found.Add(certificate.ToArray());
        certificates = found.ToImmutable();
        return reader._rest.IsEmpty;
    }

    /// <summary>ServerKeyExchange of a suite with ephemeral keys (RFC 5246 section 7.4.3, RFC 8422 section 5.4).</summary>
    public HelloAnswer WithKeyExchange(HelloAnswer hello)
    {
        var suite = TlsNames.CipherSuite(hello.CipherSuite ?? 0);
        if (suite.Contains("_ECDHE_", StringComparison.Ordinal))
            return Take(1, out var curveType) && curveType[0] == 3 && U16(out var group) ? hello with { Group = group } : hello;
        if (!suite.Contains("_DHE_", StringComparison.Ordinal) || !Vector(2, out var prime))
            return hello;

        prime = prime.TrimStart((byte)0);
        return prime.IsEmpty
            ? hello
            : hello with { DiffieHellmanBits = prime.Length * 8 - System.Numerics.BitOperations.LeadingZeroCount(prime[0]) + 24 };
    }

    private bool U16(out ushort value)
    {
        value = 0;
        if (!Take(2, out var bytes))
            return false;
        value = (ushort)(bytes[0] << 8 | bytes[1]);
        return true;
    }

    private bool Vector(int lengthOctets, out ReadOnlySpan<byte> content)
    {
        content = default;
        if (!Take(lengthOctets, out var bytes))
            return false;
        var length = 0;
        foreach (var b in bytes)
            length = length << 8 | b;
        return Take(length, out content);
    }

    private bool Take(int length, out ReadOnlySpan<byte> taken)
    {
        taken = default;
        if (_rest.Length < length)
            return false;
        taken = _rest[..length];
        _rest = _rest[length..];
        return true;
    }
}
