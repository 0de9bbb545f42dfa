using System.Buffers;
using System.Security.Cryptography;
using MailOps.Messages;

namespace MailOps.Trust.Dkim;

/// <summary>
/// Signs a message whose octets pass once, in pieces of any size, exactly as they are sent, with CRLF (RFC 6376). The header is
/// kept, up to a limit; the body goes into its hash. Which keys sign is asked at the end, when it is known who wrote the message.
/// </summary>
internal sealed class DkimSigner(DkimSigningOptions options) : IDisposable
{
    private readonly ArrayBufferWriter<byte> _header = new();
    private readonly BodyHash _body = new(options.Body);
    private bool _inBody;
    private int _headerLength;
    private bool _isTooLong;

    /// <summary>Takes octets of the message.</summary>
    public void Take(ReadOnlySpan<byte> octets)
    {
        if (_isTooLong)
            return;
        if (_inBody)
        {
            _body.Take(octets);
            return;
        }

        // The empty line may lie across the seam of two pieces.
        var seam = Math.Max(0, _header.WrittenCount - 3);
        var room = options.MaxHeaderOctets - _header.WrittenCount;
        var kept = octets[..Math.Min(octets.Length, room)];
        _header.Write(kept);
        var end = EndOfHeader(_header.WrittenSpan, seam);
        if (end < 0)
        {
            _isTooLong = kept.Length < octets.Length;
            return;
        }

        _inBody = true;
        var extra = _header.WrittenCount - end;
        _body.Take(octets[(kept.Length - extra)..]);
        _headerLength = end;
    }

    /// <summary>
    /// The domain of the first author, the one that a signature should be of (DMARC asks for its alignment, RFC 7489 section 3.1),
    /// in lower case and A-labels; null if there is none.
    /// </summary>
    public string? AuthorDomain() => Author() is { Host: { } host } && Dns.DnsName.TryParse(host, out var name, out _) ? name.Ascii : null;

    /// <summary>The address of the first author, or null if there is none.</summary>
    public string? AuthorAddress() => Author() is { } author ? $"{author.Mailbox}@{author.Host}" : null;

    private EnvelopeAddress? Author()
    {
        var scanner = new HeaderScanner(Header());
        while (scanner.MoveNext())
        {
            if (System.Text.Ascii.EqualsIgnoreCase(scanner.Name, "From"u8))
                return EnvelopeAddresses.Read(scanner.Value.ToArray()).Where(address => address.Host is not null).Select(address => (EnvelopeAddress?)address).FirstOrDefault();
        }

        return null;
    }

    /// <summary>Signs what was taken. To be called once, at the end.</summary>
    /// <param name="keys">The keys, each of which makes a signature; RSA and Ed25519 may stand side by side (RFC 8463 section 3).</param>
    /// <param name="time">The time of the signature.</param>
    public DkimSigned Sign(IReadOnlyList<DkimSigningKey> keys, DateTimeOffset time)
    {
        if (keys.Count == 0)
            return new DkimSigned(default, DkimUnsigned.NoKey);
        if (_isTooLong)
            return new DkimSigned(default, DkimUnsigned.HeaderTooLong);
        if (SignedFields.Choose(Header(), options.Header, out var reason) is not { } fields)
            return new DkimSigned(default, reason);

        var bodyHash = _body.End();
        var output = new ArrayBufferWriter<byte>();
        foreach (var key in keys)
        {
            var field = new SignatureField(key, options, fields.Names, bodyHash, time);
            var signed = new ArrayBufferWriter<byte>();
            signed.Write(fields.Octets.Span);
            HeaderCanon.Write(field.Unsigned(), options.Header, signed);
            output.Write(field.Sign(key.Sign(SHA256.HashData(signed.WrittenSpan))));
        }

        return new DkimSigned(output.WrittenMemory, DkimUnsigned.None);
    }

    /// <inheritdoc/>
    public void Dispose() => _body.Dispose();

    // A message may end with its header; the empty line then is what the scan stops at.
    private ReadOnlySpan<byte> Header()
    {
        if (!_inBody)
        {
            _inBody = true;
            if (!_header.WrittenSpan.EndsWith("\r\n"u8))
                _header.Write("\r\n"u8);
            _header.Write("\r\n"u8);
            _headerLength = _header.WrittenCount;
        }

        return _header.WrittenSpan[.._headerLength];
    }

    private static int EndOfHeader(ReadOnlySpan<byte> octets, int from)
    {
        if (octets.StartsWith("\r\n"u8))
            return 2;
        var end = octets[from..].IndexOf("\r\n\r\n"u8);
        return end < 0 ? -1 : from + end + 4;
    }
}
