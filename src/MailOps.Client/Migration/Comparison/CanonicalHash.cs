using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MailOps.Client.Migration.Comparison;

/// <summary>
/// What tells one message from another after servers had it in hand: SHA-256 of its header and body without what a server may change. That
/// is: how lines end, empty lines at the end, and the fields that a delivery adds (RFC 5321 section 4.4: <c>Received</c>, <c>Return-Path</c>)
/// or a mail store keeps (<c>Delivered-To</c>, <c>X-UID</c>, <c>Status</c> and their like). Fed in pieces of any size.
/// </summary>
internal sealed class CanonicalHash : IDisposable
{
    private static readonly string[] Ignored = ["Received", "Return-Path", "Delivered-To", "X-Original-To", "Envelope-To", "Delivery-Date", "Status", "X-Status", "X-UID", "X-Keywords", "X-UIDL", "X-IMAPbase", "X-IMAP", "Content-Length", "Lines"];

    // Of a field only its name is looked at.
    private const int MaxName = 64;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly byte[] _name = new byte[MaxName];
    private int _used;
    private int _nameLength;
    private bool _isBody;
    private bool _isAtLineStart = true;
    private bool _isSkipping;
    private bool _isNaming;
    private bool _endsInCr;
    private long _lineEnds;

    /// <summary>Takes in the next octets.</summary>
    public void Append(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_isBody)
            {
                Body(octets);
                return;
            }

            Header(octets[0]);
            octets = octets[1..];
        }
    }

    /// <summary>The hash of what was taken in.</summary>
    public UInt128 Finish()
    {
        if (_endsInCr && !_isBody)
            TakeCr();
        if (_isNaming)
            EndName();
        FlushCr();
        Flush();
        return BinaryPrimitives.ReadUInt128BigEndian(_hash.GetHashAndReset());
    }

    /// <inheritdoc/>
    public void Dispose() => _hash.Dispose();

    private void Header(byte octet)
    {
        if (_endsInCr && octet != '\n')
            TakeCr();
        _endsInCr = octet == '\r';
        if (!_endsInCr)
            Take(octet);
    }

    // A CR that no LF followed is one of the message's own octets.
    private void TakeCr()
    {
        _endsInCr = false;
        Take((byte)'\r');
    }

    private void Take(byte octet)
    {
        if (octet == '\n')
        {
            if (_isNaming)
                EndName();
            _isBody = _isAtLineStart;
            if (_isAtLineStart || !_isSkipping)
                _lineEnds++;
            _isAtLineStart = true;
            return;
        }

        if (_isAtLineStart && octet is not ((byte)' ' or (byte)'\t'))
            (_isNaming, _isSkipping, _nameLength) = (true, false, 0);
        _isAtLineStart = false;
        if (_isNaming)
        {
            if (octet != ':' && _nameLength < MaxName)
            {
                _name[_nameLength++] = octet;
                return;
            }

            EndName();
        }

        if (_isSkipping)
            return;
        FlushLineEnds();
        Put([octet]);
    }

    private void EndName()
    {
        _isNaming = false;
        var name = System.Text.Encoding.Latin1.GetString(_name, 0, _nameLength);
        _isSkipping = Ignored.Contains(name.TrimEnd(), StringComparer.OrdinalIgnoreCase);
        if (_isSkipping)
            return;
        FlushLineEnds();
        Put(_name.AsSpan(0, _nameLength));
    }

    // Line ends are held back until something follows them.
    private void Body(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            var end = octets.IndexOfAny((byte)'\r', (byte)'\n');
            var line = end < 0 ? octets : octets[..end];
            if (!line.IsEmpty)
            {
                FlushLineEnds();
                Put(line);
            }

            if (end < 0)
                return;
            if (octets[end] == '\r')
            {
                FlushCr();
                _endsInCr = true;
            }
            else
            {
                _endsInCr = false;
                _lineEnds++;
            }

            octets = octets[(end + 1)..];
        }
    }

    private void FlushLineEnds()
    {
        for (; _lineEnds > 0; _lineEnds--)
            Put("\n"u8);
        FlushCr();
    }

    private void FlushCr()
    {
        if (!_endsInCr)
            return;
        _endsInCr = false;
        for (; _lineEnds > 0; _lineEnds--)
            Put("\n"u8);
        Put("\r"u8);
    }

    private void Put(ReadOnlySpan<byte> octets)
    {
        while (!octets.IsEmpty)
        {
            if (_used == _buffer.Length)
                Flush();
            var part = octets[..Math.Min(octets.Length, _buffer.Length - _used)];
            part.CopyTo(_buffer.AsSpan(_used));
            _used += part.Length;
            octets = octets[part.Length..];
        }
    }

    private void Flush()
    {
        _hash.AppendData(_buffer.AsSpan(0, _used));
        _used = 0;
    }
}
