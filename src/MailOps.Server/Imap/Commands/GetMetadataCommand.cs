using System.Globalization;
using MailOps.Server.Imap.Metadata;

namespace MailOps.Server.Imap.Commands;

/// <summary>GETMETADATA (RFC 5464 section 4.2).</summary>
internal sealed class GetMetadataCommand : ImapCommand<GetMetadataArguments>
{
    public override string Name => "GETMETADATA";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.Metadata;

    protected override bool TryParse(ref ImapReader reader, out GetMetadataArguments arguments) => GetMetadataArguments.TryParse(ref reader, out arguments);

    protected override async ValueTask<Completion> ExecuteAsync(ImapSession session, GetMetadataArguments arguments, CancellationToken cancel)
    {
        if (arguments.Mailbox is { } mailbox && await session.AnnotationRefusalAsync(mailbox, cancel) is { } refusal)
            return refusal;
        if (await MailboxMetadata.GetAsync(session.Account, arguments.Mailbox, cancel) is not { } kept)
            return Completion.No(ResponseCode.NonExistent, "No such mailbox");

        var told = new List<(string Name, ReadOnlyMemory<byte>? Value)>();
        var longest = 0;
        foreach (var name in Asked(arguments, kept.Keys))
        {
            var value = kept.TryGetValue(name, out var there) ? there : (ReadOnlyMemory<byte>?)null;
            if (arguments.MaxSize is { } most && value?.Length > most)
                longest = Math.Max(longest, value.Value.Length);
            else
                told.Add((name, value));
        }

        await MetadataReply.WriteAsync(session.Replies, arguments.Mailbox, told);
        return longest > 0
            ? Completion.Ok(new ResponseCode(string.Create(CultureInfo.InvariantCulture, $"METADATA LONGENTRIES {longest}")), "Told, but for what is longer")
            : Completion.Ok("Told");
    }

    // What is named, whether it is there or not, and what is there below it.
    private static IEnumerable<string> Asked(GetMetadataArguments arguments, IEnumerable<string> kept)
    {
        var (entries, depth) = (arguments.Entries, arguments.Depth);
        return depth == 0 ? entries : kept.Where(name => entries.Any(entry => IsWithin(name, entry, depth))).Order(StringComparer.Ordinal);
    }

    private static bool IsWithin(string name, string entry, int depth) =>
        name == entry || (name.StartsWith(entry + "/", StringComparison.Ordinal) && name.AsSpan(entry.Length).Count('/') <= depth);
}
