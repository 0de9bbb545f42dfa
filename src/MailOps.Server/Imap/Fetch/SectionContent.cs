using System.Buffers;
using MailOps.Maildir;
using MailOps.Messages;

namespace MailOps.Server.Imap.Fetch;

/// <summary>Where the octets of a section are: a range of the message's octets, some header lines, a part that is decoded, or nowhere.</summary>
internal readonly record struct SectionContent(long Offset, long Count, byte[]? Octets, bool Exists)
{
    private const int CopyAtOnce = 64 * 1024;

    /// <summary>The part whose octets, or their number, are the section.</summary>
    public DecodedPart? Decoded { get; private init; }

    /// <summary>True if NUL is among the octets that are asked for, so that they are a literal8.</summary>
    public bool HasNul { get; private init; }

    /// <summary>True if the number of octets is the section.</summary>
    public bool IsSize { get; private init; }

    /// <summary>True if the section cannot be told, since the encoding of the part is not known (RFC 3516 section 4.3).</summary>
    public bool IsUnknown { get; private init; }

    private static readonly SectionContent Nothing = new(0, 0, null, Exists: false);

    /// <summary>Finds a section.</summary>
    /// <returns>Null if the message is gone.</returns>
    public static async ValueTask<SectionContent?> FindAsync(FetchedMessage message, BodySection section, CancellationToken cancel)
    {
        if (section.KeptFields is { } kept && message.Digest.IsVerbatim)
            return new SectionContent(0, 0, HeaderLines.Select(message.Digest, kept), Exists: true);
        if (await message.OpenAsync(cancel) is not { } blob)
            return null;
        if (section.Kind is SectionKind.Binary or SectionKind.BinarySize)
            return await FindBinaryAsync(message, section, blob, cancel);
        if (section.Path.Length > 0)
            return await FindPartAsync(message, section, cancel);
        if (section.Kind == SectionKind.Whole)
            return Range(0, blob.Length);

        var bodyOffset = Math.Min(message.Digest.HeaderSize, blob.Length);
        return section.Kind == SectionKind.Text
            ? Range(bodyOffset, blob.Length)
            : await HeaderAsync(message, section, 0, bodyOffset, cancel);
    }

    /// <summary>Where a part of the section starts, and how much there is of it. What starts beyond the end is empty (RFC 3501 section 6.4.5).</summary>
    public (long Start, long Count) RangeOf((long Start, long Count)? partial)
    {
        var length = Octets?.Length ?? Count;
        var start = Math.Min(partial?.Start ?? 0, length);
        return (start, Math.Min(partial?.Count ?? length, length - start));
    }

    /// <summary>Hands on octets of a section that is not decoded, in pieces.</summary>
    /// <param name="message">The message.</param>
    /// <param name="start">Where they start in the section.</param>
    /// <param name="count">How many.</param>
    /// <param name="take">Gets each piece.</param>
    /// <param name="settle">Awaited after each.</param>
    /// <param name="cancel">Ends the reading.</param>
    public async ValueTask CopyAsync(FetchedMessage message, long start, long count, SpanAction take, Func<ValueTask> settle, CancellationToken cancel)
    {
        if (Octets is not null)
        {
            take(Octets.AsSpan((int)start, (int)count));
            return;
        }

        var buffer = ArrayPool<byte>.Shared.Rent(CopyAtOnce);
        try
        {
            for (var at = Offset + start; count > 0;)
            {
                var read = await message.Blob!.ReadAsync(buffer.AsMemory(0, (int)Math.Min(count, CopyAtOnce)), at, cancel);
                if (read == 0)
                    throw new EndOfStreamException("A message became shorter while it was being copied.");
                take(buffer.AsSpan(0, read));
                await settle();
                (at, count) = (at + read, count - read);
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>Writes the section, or NIL if the message has none such.</summary>
    public async ValueTask WriteAsync(ImapReplyWriter replies, FetchedMessage message, (long Start, long Count)? partial, CancellationToken cancel)
    {
        if (IsSize)
        {
            replies.Number(Count);
            return;
        }

        if (!Exists)
        {
            replies.Raw("NIL"u8);
            return;
        }

        var (start, count) = RangeOf(partial);
        if (HasNul)
            replies.Raw("~"u8);
        replies.BeginLiteral(count);
        if (Decoded is not null)
            await Decoded.WriteAsync(replies, start, count, cancel);
        else if (Octets is not null)
            replies.Raw(Octets.AsSpan((int)start, (int)count));
        else
            await replies.CopyAsync(message.Blob!, Offset + start, count, cancel);
    }

    private static async ValueTask<SectionContent> FindBinaryAsync(FetchedMessage message, BodySection section, MessageBlob blob, CancellationToken cancel)
    {
        var isSize = section.Kind == SectionKind.BinarySize;
        var part = section.Path.Length == 0 ? null : message.Structure.Find(section.Path);
        if (section.Path.Length > 0 && part is null)
            return Nothing with { IsSize = isSize };
        if (DecodedPart.Of(blob, part) is not { } decoded)
            return Nothing with { IsUnknown = true };
        var hasNul = await decoded.MeasureAsync(section.Partial, cancel);
        return new SectionContent(0, decoded.Length, null, Exists: true) { Decoded = decoded, HasNul = hasNul, IsSize = isSize };
    }

    private static async ValueTask<SectionContent> FindPartAsync(FetchedMessage message, BodySection section, CancellationToken cancel)
    {
        if (message.Structure.Find(section.Path) is not { } part)
            return Nothing;

        return section.Kind switch
        {
            SectionKind.Whole => Range(part.BodyOffset, part.EndOffset),
            SectionKind.Mime => Range(part.HeaderOffset, part.BodyOffset),
            // The others are of the message that the part carries.
            SectionKind.Text when part.Message is { } inner => Range(inner.Root.BodyOffset, inner.Root.EndOffset),
            _ when part.Message is { } inner => await HeaderAsync(message, section, inner.Root.HeaderOffset, inner.Root.BodyOffset, cancel),
            _ => Nothing,
        };
    }

    private static async ValueTask<SectionContent> HeaderAsync(FetchedMessage message, BodySection section, long start, long end, CancellationToken cancel)
    {
        if (section.Kind == SectionKind.Header)
            return Range(start, end);

        var octets = await HeaderLines.ReadAsync(message.Blob!, start, end - start, section.Fields, without: section.Kind == SectionKind.HeaderFieldsNot, cancel);
        return new SectionContent(0, 0, octets, Exists: true);
    }

    private static SectionContent Range(long start, long end) => new(start, Math.Max(0, end - start), null, Exists: true);
}
