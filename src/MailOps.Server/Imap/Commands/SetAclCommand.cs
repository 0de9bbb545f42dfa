using MailOps.Maildir.Access;
using MailOps.Server.Imap.Acl;

namespace MailOps.Server.Imap.Commands;

/// <summary>SETACL (RFC 4314 section 3.1). It needs <c>a</c>, which the store checks where it writes.</summary>
internal sealed class SetAclCommand : ImapCommand<SetAclArguments>
{
    public override string Name => "SETACL";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Acl;

    protected override bool TryParse(ref ImapReader reader, out SetAclArguments arguments)
    {
        arguments = default;
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space() && reader.AString(out var identifier) && reader.Space() && reader.AString(out var rights)))
            return false;
        arguments = new SetAclArguments(mailbox, identifier, rights);
        return true;
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, SetAclArguments arguments, CancellationToken cancel)
    {
        var kind = arguments.Rights.Length == 0 ? AccessChangeKind.Replace : arguments.Rights[0] switch
        {
            '+' => AccessChangeKind.Add,
            '-' => AccessChangeKind.Remove,
            _ => AccessChangeKind.Replace,
        };
        if (RightsText.Parse(arguments.Rights.AsSpan(kind == AccessChangeKind.Replace ? 0 : 1), out var rights) is not null)
            return Completion.Bad($"Rights are some of the letters {RightsText.Letters}, c and d, with + or - before them to add or take them");
        if (!AclIdentifier.TryParse(arguments.Identifier, session.Account.Name, out var whose, out var refusal))
            return refusal;
        return AccessOutcomes.Complete(await session.Account.SetAccessAsync(arguments.Mailbox, new AccessChange(whose.Identifier, whose.IsNegative, kind, rights), cancel), "Rights set");
    }
}

/// <summary>A mailbox, whose rights, and what becomes of them.</summary>
internal readonly record struct SetAclArguments(string Mailbox, string Identifier, string Rights);
