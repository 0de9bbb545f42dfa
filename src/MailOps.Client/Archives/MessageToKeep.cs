using MailOps.Client.Migration;
using MailOps.Client.Sessions;

namespace MailOps.Client.Archives;

/// <summary>A message that is to be put into a file.</summary>
public sealed class MessageToKeep
{
    private MessageToKeep(byte[] octets) => Octets = octets;

    /// <summary>Its octets.</summary>
    internal byte[] Octets { get; }

    /// <summary>System flags such as <c>\Seen</c>, and keywords.</summary>
    public required IReadOnlyCollection<string> Flags { get; init; }

    /// <summary>When it arrived.</summary>
    public required DateTimeOffset Arrived { get; init; }

    /// <summary>The sender of its envelope, or null.</summary>
    public required string? Sender { get; init; }

    /// <summary>Its subject, decoded, or null.</summary>
    public required string? Subject { get; init; }

    /// <summary>Reads a message.</summary>
    /// <param name="content">The message. It is disposed here.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="arrived">When it arrived; null for what its header says.</param>
    /// <param name="sender">The sender of its envelope, or null.</param>
    /// <param name="cancel">Ends the reading.</param>
    /// <exception cref="ArgumentException">It has no octets, or no header.</exception>
    public static async Task<MessageToKeep> ReadAsync(MessageContent content, IReadOnlyCollection<string> flags, DateTimeOffset? arrived, string? sender, CancellationToken cancel)
    {
        using var octets = new MemoryStream();
        await using (content.Stream.ConfigureAwait(false))
            await content.Stream.CopyToAsync(octets, cancel).ConfigureAwait(false);
        if (octets.Length == 0)
            throw new ArgumentException("The message has no octets. A message has at least a line of its header.");
        var all = octets.ToArray();
        if (arrived is null)
        {
            using var spool = MessageSpool.Of(all);
            arrived = await ArrivalDate.OfAsync(spool, cancel).ConfigureAwait(false);
        }

        return new MessageToKeep(all) { Flags = flags, Arrived = arrived ?? DateTimeOffset.Now, Sender = sender, Subject = SubjectOf(all) };
    }

    private static string? SubjectOf(byte[] octets)
    {
        try
        {
            return MimeKit.HeaderList.Load(new MemoryStream(octets, writable: false))[MimeKit.HeaderId.Subject];
        }
        catch (FormatException e)
        {
            throw new ArgumentException("The message has no header. Give it whole, header and all, or make one with New-MimeMessage.", e);
        }
    }
}
