using System.Text;
using MailOps.Maildir;
using MailOps.Messages;
using MimeKit;
using MimeKit.Utils;

namespace MailOps.Client.Sessions;

/// <summary>
/// A message that is ready to be sent, with its envelope. Its octets are those that it was given as, but that Bcc is taken out, and Date and
/// Message-ID are put in where they are missing (RFC 6409 section 8).
/// </summary>
public sealed class OutgoingMessage : IDisposable
{
    private MessageBlob? _converted;

    private OutgoingMessage(MessageBlob octets) => Octets = octets;

    /// <summary>The reverse-path, empty for the null path.</summary>
    public required string Sender { get; init; }

    /// <summary>Who gets it, each once.</summary>
    public required IReadOnlyList<string> Recipients { get; init; }

    /// <summary>What the sender wants to hear.</summary>
    public DeliveryNotice Notice { get; init; }

    /// <summary>The subject, decoded, or null.</summary>
    public required string? Subject { get; init; }

    /// <summary>The message id without its brackets.</summary>
    public required string MessageId { get; init; }

    /// <summary>The octets.</summary>
    internal MessageBlob Octets { get; }

    /// <summary>True if there are octets above ASCII.</summary>
    internal bool IsEightBit { get; private init; }

    /// <summary>True if there are octets above ASCII in the header: what only SMTPUTF8 carries (RFC 6531 section 3.1).</summary>
    internal bool HasUtf8Header { get; private init; }

    /// <summary>Reads a message.</summary>
    /// <param name="content">The message. It is disposed here.</param>
    /// <param name="sender">The reverse-path; null for the one of the header, empty for the null path.</param>
    /// <param name="recipients">Who gets it; null for those of the header.</param>
    /// <param name="notice">What the sender wants to hear.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="ArgumentException">There is no sender, no recipient, an address is none, or the message has no header or a broken one.</exception>
    public static async Task<OutgoingMessage> PrepareAsync(MessageContent content, string? sender, IReadOnlyCollection<string>? recipients, DeliveryNotice notice, CancellationToken cancel)
    {
        var source = content.Stream;
        await using var _ = source.ConfigureAwait(false);
        using var whole = new OctetSpool();
        if (!source.CanSeek)
        {
            await whole.WriteAsync(source, cancel).ConfigureAwait(false);
            source = whole.Take();
        }

        var start = source.Position;
        var header = await HeaderOfAsync(source, cancel).ConfigureAwait(false);
        var path = sender is null ? OutgoingEnvelope.SenderOf(header) : sender.Trim() is "" or "<>" ? "" : OutgoingEnvelope.Parse(sender);
        var paths = recipients is null ? OutgoingEnvelope.RecipientsOf(header) : [.. recipients.Select(OutgoingEnvelope.Parse).Distinct(StringComparer.Ordinal)];

        var id = header[HeaderId.MessageId] is { } value && MimeUtils.EnumerateReferences(value).FirstOrDefault() is { } known ? known : NewId(path);
        source.Position = start;
        using var spool = new OctetSpool();
        var fields = new SubmissionHeader(spool.Write, spool.Write, static _ => { }, DateUtils.FormatDate(DateTimeOffset.Now), id);
        var chunk = new byte[64 * 1024];
        int read;
        while ((read = await source.ReadAsync(chunk, cancel).ConfigureAwait(false)) > 0)
            fields.Take(chunk.AsSpan(0, read));
        fields.End();
        // Servers and readers disagree about where such a header ends: who is in To and Bcc behind it, and whether they are seen.
        if (fields.BrokenLine is { } line)
            throw new ArgumentException(FormattableString.Invariant($"Line {line} of the message's header is no field (Name: value), or has a CR without LF in it. Mend it: an empty line ends the header, and nothing else."));

        var octets = MessageBlob.FromStream(spool.Take());
        try
        {
            return new OutgoingMessage(octets)
            {
                Sender = path,
                Recipients = paths,
                Notice = notice,
                Subject = header[HeaderId.Subject],
                MessageId = id,
                IsEightBit = (await OctetKinds.OfAsync(octets.AsStream(), cancel).ConfigureAwait(false)).High > 0,
                HasUtf8Header = header.Any(field => field.Id is not (HeaderId.Bcc or HeaderId.ResentBcc) && !(Ascii.IsValid(field.RawValue) && Ascii.IsValid(field.RawField))),
            };
        }
        catch
        {
            octets.Dispose();
            throw;
        }
    }

    /// <summary>The message for servers that take no octets above ASCII: its parts encoded.</summary>
    /// <returns>It, or why it cannot be made.</returns>
    internal async Task<(MessageBlob? Converted, string? Problem)> ConvertAsync(CancellationToken cancel)
    {
        if (_converted is not null)
            return (_converted, null);
        (_converted, var problem) = await DownConversion.ConvertAsync(Octets, isEightBit: false, Path.GetTempPath(), cancel).ConfigureAwait(false);
        return (_converted, problem);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _converted?.Dispose();
        Octets.Dispose();
    }

    private static async Task<HeaderList> HeaderOfAsync(Stream source, CancellationToken cancel)
    {
        try
        {
            return await HeaderList.LoadAsync(source, cancel).ConfigureAwait(false);
        }
        catch (FormatException e)
        {
            throw new ArgumentException("The message has no header. Give it whole, header and all, or make one with New-MimeMessage.", e);
        }
    }

    private static string NewId(string sender) =>
        MimeUtils.GenerateMessageId(sender.LastIndexOf('@') is >= 0 and var at && at + 1 < sender.Length && Ascii.IsValid(sender) ? sender[(at + 1)..] : "localhost");
}
