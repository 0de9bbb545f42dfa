using System.Globalization;
using MailOps.Maildir.Annotations;
using MailOps.Server.Imap.Metadata;

namespace MailOps.Server.Imap.Commands;

/// <summary>SETMETADATA (RFC 5464 section 4.3).</summary>
internal sealed class SetMetadataCommand : ImapCommand<SetMetadataArguments>
{
    public override string Name => "SETMETADATA";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Metadata;

    protected override bool TryParse(ref ImapReader reader, out SetMetadataArguments arguments)
    {
        arguments = default;
        var changes = new Dictionary<string, ReadOnlyMemory<byte>?>(StringComparer.Ordinal);
        if (!(reader.Space() && reader.Mailbox(out var mailbox) && reader.Space() && reader.Is('(')))
            return false;
        do
        {
            // Of an entry that is named twice the last value counts.
            if (!(EntryName.TryParse(ref reader, out var name) && reader.Space() && reader.NOctets(out var value)))
                return false;
            changes[name] = value is null ? null : (ReadOnlyMemory<byte>?)value;
        }
        while (reader.Space());
        arguments = new SetMetadataArguments(mailbox.Length == 0 ? null : mailbox, changes);
        return reader.Is(')');
    }

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, SetMetadataArguments arguments, CancellationToken cancel)
    {
        if (arguments.Changes.Values.Any(value => value?.Length > AnnotationLimits.LongestValue))
            return Completion.No(new ResponseCode(string.Create(CultureInfo.InvariantCulture, $"METADATA MAXSIZE {AnnotationLimits.LongestValue}")), "A value is too long");
        if (arguments.Mailbox is { } mailbox && await session.AnnotationRefusalAsync(mailbox, cancel) is { } refusal)
            return refusal;
        // What all accounts would see is not for one of them to say.
        return arguments.Mailbox is null && arguments.Changes.Keys.Any(name => name.StartsWith(EntryName.Shared, StringComparison.Ordinal))
            ? Completion.No(ResponseCode.NoPermission, "Shared entries of the server are its administrator's")
            : await MailboxMetadata.SetAsync(session.Account, arguments.Mailbox, arguments.Changes, cancel);
    }
}

/// <summary>A mailbox, or null for the account, and the values of entries; null takes one away.</summary>
internal readonly record struct SetMetadataArguments(string? Mailbox, IReadOnlyDictionary<string, ReadOnlyMemory<byte>?> Changes);
