namespace MailOps.Maildir.Access;

/// <summary>A change of an access list (SETACL and DELETEACL, RFC 4314 sections 3.1 and 3.2).</summary>
/// <param name="Identifier">Whom it is about.</param>
/// <param name="IsNegative">True if it is about what the identifier has not, whatever grants it.</param>
/// <param name="Kind">How.</param>
/// <param name="Rights">Which rights.</param>
public readonly record struct AccessChange(AccessIdentifier Identifier, bool IsNegative, AccessChangeKind Kind, MailboxRights Rights)
{
    /// <summary>The list with the change. Who owns the mailbox keeps <see cref="MailboxRights.OfEveryOwner"/>.</summary>
    internal AccessList On(AccessList list, string? owner)
    {
        // The owner has one entry: by name, if there is one of that, else as what he is.
        var identifier = Identifier == AccessIdentifier.User(owner ?? "") && list.Find(Identifier) is null ? AccessIdentifier.Owner : Identifier;
        var isOwner = identifier.Kind == AccessKind.Owner || identifier == AccessIdentifier.User(owner ?? "");
        var entry = list.Find(identifier) ?? new AccessEntry(identifier, null, null);
        if (IsNegative)
        {
            var denied = Of(entry.Denied, MailboxRights.None);
            return list.With(entry with { Denied = isOwner ? denied & ~MailboxRights.OfEveryOwner : denied });
        }

        var granted = Of(entry.Granted, isOwner ? MailboxRights.All : MailboxRights.None);
        return list.With(entry with { Granted = isOwner ? granted | MailboxRights.OfEveryOwner : granted });
    }

    private MailboxRights? Of(MailboxRights? now, MailboxRights otherwise) => Kind switch
    {
        AccessChangeKind.Add => (now ?? otherwise) | Rights,
        AccessChangeKind.Remove => now is null && otherwise == MailboxRights.None ? null : (now ?? otherwise) & ~Rights,
        AccessChangeKind.Replace => Rights,
        _ => null,
    };
}
