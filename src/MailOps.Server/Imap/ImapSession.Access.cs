using MailOps.Maildir.Access;
using MailOps.Server.Imap.Commands;

namespace MailOps.Server.Imap;

/// <content>Rights (RFC 4314): what a command may not do is known before it begins. The store refuses as well what no command asked for.</content>
internal sealed partial class ImapSession
{
    private MailboxRights _toldRights;
    private bool _toldReadOnly;

    /// <summary>What is said of a mailbox that is not there, or of which the client is not to know (RFC 4314 section 6).</summary>
    public static Completion NoMailbox => Completion.No(ResponseCode.NonExistent, "No such mailbox");

    /// <summary>What is said where a right is missing on a mailbox that the client may know of.</summary>
    public static Completion NotPermitted(MailboxRights needed) =>
        Completion.No(ResponseCode.NoPermission, $"This needs the right '{RightsText.Format(needed)}' on the mailbox");

    /// <summary>Why a command is refused that needs rights on a mailbox (RFC 4314 section 4).</summary>
    /// <param name="mailbox">The mailbox.</param>
    /// <param name="needed">The rights, all of them.</param>
    /// <param name="cancel">Ends the wait for the store.</param>
    /// <param name="missing">What to say where there is no such mailbox; null for the usual.</param>
    /// <returns>Null if it may go on: the mailbox is there then, and the rights.</returns>
    public async ValueTask<Completion?> RefusalAsync(string mailbox, MailboxRights needed, CancellationToken cancel, Completion? missing = null) =>
        Refusal(await Account.GetRightsAsync(mailbox, cancel), needed, missing ?? NoMailbox);

    /// <summary>Why a command is refused that puts messages into a mailbox, null if it may go on; and whether the client is told their UIDs, which it is not of a mailbox that it may not open (RFC 9051 section 11.4).</summary>
    public async ValueTask<(Completion? Refusal, bool TellsUids)> MayPutAsync(string mailbox, CancellationToken cancel)
    {
        var rights = await Account.GetRightsAsync(mailbox, cancel);
        return (Refusal(rights, MailboxRights.Insert, AppendCommand.NoMailbox(this, mailbox)), rights?.HasFlag(MailboxRights.Read) == true);
    }

    private static Completion? Refusal(MailboxRights? given, MailboxRights needed, Completion missing)
    {
        if (given is not { } rights)
            return missing;
        if (rights.HasFlag(needed))
            return null;
        return rights.HasFlag(MailboxRights.Lookup) ? NotPermitted(needed & ~rights) : missing;
    }

    /// <summary>Why a command is refused that reads or writes annotations of a mailbox (RFC 5464 section 3.3: l, and one of r, s, w, i and p).</summary>
    public async ValueTask<Completion?> AnnotationRefusalAsync(string mailbox, CancellationToken cancel)
    {
        if (await Account.GetRightsAsync(mailbox, cancel) is not { } rights || !rights.HasFlag(MailboxRights.Lookup))
            return NoMailbox;
        return (rights & MailboxRights.Annotating) == MailboxRights.None ? NotPermitted(MailboxRights.Read) : null;
    }

    /// <summary>Why a command is refused that changes the selected mailbox; null if it may.</summary>
    public Completion? RefusalToChange(MailboxRights needed) =>
        !Selected.Rights.HasFlag(needed) ? NotPermitted(needed & ~Selected.Rights)
        : Selected.ReadOnly ? Completion.No(ResponseCode.Cannot, "The mailbox is open read-only")
        : null;

    // RFC 4314 section 5.1.1: FLAGS and PERMANENTFLAGS again, if others may be changed now; RFC 3501 section 7.1: whether any can.
    public void TellRights()
    {
        if (_toldRights == Selected.Rights)
            return;
        _toldRights = Selected.Rights;
        Replies.FlagsOf(Selected);
        if (_toldReadOnly == Selected.ReadOnly)
            return;
        _toldReadOnly = Selected.ReadOnly;
        Replies.Ok((Selected.ReadOnly ? ResponseCode.ReadOnly : ResponseCode.ReadWrite).Text, "The rights on the mailbox were changed");
    }
}
