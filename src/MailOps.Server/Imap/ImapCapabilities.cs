using System.Globalization;
using System.Text;
using MailOps.Server.Imap.Commands;

namespace MailOps.Server.Imap;

/// <summary>What CAPABILITY tells: computed from the table of commands, and from what the reader and the listings do on their own.</summary>
internal sealed class ImapCapabilities
{
    // These belong to no command of the table.
    private static readonly Capability[] Woven =
    [
        Capability.Rev2,
        Capability.LoginDisabled,
        Capability.SaslInitialResponse,
        Capability.LiteralMinus,
        Capability.LiteralPlus,
        Capability.MultiAppend,
        Capability.AppendLimit,
        Capability.Binary,
        Capability.Catenate,
        Capability.Children,
        Capability.StatusSize,
        Capability.StatusDeleted,
        Capability.ListExtended,
        Capability.ListStatus,
        Capability.CondStore,
        Capability.QResync,
        Capability.Utf8Accept,
        Capability.UidOnly,
        Capability.ExtendedSearch,
        Capability.SearchResult,
        Capability.Within,
        Capability.SortDisplay,
        Capability.ExtendedSort,
        Capability.ContextSort,
        Capability.ThreadReferences,
        Capability.SpecialUse,
        Capability.CreateSpecialUse,
        Capability.MetadataServer,
        Capability.ListMetadata,
        Capability.AclRights,
        Capability.ListMyRights,
        Capability.I18NLevel1,
        Capability.Partial,
        Capability.QuotaStorage,
        Capability.QuotaMessage,
        Capability.QuotaMailbox,
        Capability.Preview,
        Capability.SnippetFuzzy,
        Capability.ObjectId,
        Capability.SaveDate,
        Capability.InProgress,
        Capability.MessageLimit,
    ];

    private readonly IReadOnlyList<Capability> _all;

    public ImapCapabilities(IEnumerable<ImapCommand> commands) =>
        _all = [.. Woven.Concat(commands.Select(c => c.Requires).OfType<Capability>()).Distinct()];

    /// <summary>The capabilities on this connection now, <c>IMAP4rev1</c> first.</summary>
    public string List(ImapSession session)
    {
        var list = new StringBuilder("IMAP4rev1");
        foreach (var capability in _all)
        {
            if (!capability.IsOffered(session))
                continue;
            list.Append(' ').Append(capability.Name);
            if (capability.Value is { } value)
                list.Append(CultureInfo.InvariantCulture, $"={value(session)}");
        }

        if (session.State == ImapStates.NotAuthenticated)
        {
            foreach (var mechanism in session.Authentication.Mechanisms(session.Connection))
                list.Append(" AUTH=").Append(mechanism);
        }

        return list.ToString();
    }
}
