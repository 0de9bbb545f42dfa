using MailOps.Maildir;
using MailOps.Maildir.Access;
using MailOps.Messages;
using MailOps.Server.Imap.Fetch;

namespace MailOps.Server.Imap.Commands;

/// <summary>The parts of messages that CATENATE names by URL (RFC 4469): copied as they lie there. The mailbox that was last read stays open for the next.</summary>
internal sealed class AppendedParts(ImapSession session) : IAsyncDisposable
{
    private IMailbox? _opened;

    /// <summary>Copies what a URL names. No message is marked \Seen by it.</summary>
    /// <param name="url">The URL.</param>
    /// <param name="target">The message that it becomes a part of.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <returns>Why it cannot be copied; null if it was.</returns>
    /// <exception cref="MailStoreException">The disk broke.</exception>
    public async ValueTask<Completion?> CopyAsync(string url, AppendedOctets target, CancellationToken cancel)
    {
        var isSelected = session.State == ImapStates.Selected;
        if (MessageUrl.Parse(url, session.Account.Name, session.Options.HostName, isSelected ? session.Selected.Name : null) is not { } place)
            return Bad("This is not the URL of a message or part of this account");
        if (await session.RefusalAsync(place.Mailbox, MailboxRights.Read, cancel) is { } refusal)
            return Bad(refusal.Text);
        if (await OpenAsync(place.Mailbox, cancel) is not { } mailbox)
            return Bad("There is no such mailbox");
        if (place.UidValidity is { } validity && validity != session.Connection.ShownUidValidity(mailbox.UidValidity))
            return Bad("The mailbox has another UIDVALIDITY");
        if (mailbox.Messages.FirstOrDefault(message => message.Uid == place.Uid) is not { Uid: > 0 } message)
            return Bad("There is no such message");

        var structure = place.Section.Path.Length > 0 ? await mailbox.StructureAsync(message, cancel) : null;
        using var digests = await mailbox.ReadRecordsAsync(RecordKind.Digest, [message], cancel);
        if (digests[0] is not { } digest || (place.Section.Path.Length > 0 && structure is null))
            return Bad("The message was expunged");
        using var fetched = new FetchedMessage(mailbox, message, new MessageDigest(digest), structure);
        if (await SectionContent.FindAsync(fetched, place.Section, cancel) is not { } content)
            return Bad("The message was expunged");
        if (!content.Exists)
            return Bad("The message has no such part");

        var (start, count) = content.RangeOf(place.Partial);
        if (target.Length + count > session.Options.MaxMessageSize)
            return AppendReception.TooBig(session);
        await content.CopyAsync(fetched, start, count, target.Write, target.DrainAsync, cancel);
        return null;

        Completion? Bad(string reason) => Completion.No(ResponseCode.BadUrl(url), reason);
    }

    public ValueTask DisposeAsync() => _opened?.DisposeAsync() ?? default;

    private async ValueTask<IMailbox?> OpenAsync(string name, CancellationToken cancel)
    {
        // What another session expunged can be read here until this one is told.
        if (session.State == ImapStates.Selected && session.Selected.Name == name)
            return session.Selected;
        if (_opened?.Name == name)
            return _opened;
        if (_opened is not null)
            await _opened.DisposeAsync();
        return _opened = await session.Account.OpenAsync(name, readOnly: true, cancel);
    }
}
