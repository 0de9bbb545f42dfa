using MailOps.Server.Connections;

namespace MailOps.Server.Imap.Commands;

/// <summary>COMPRESS (RFC 4978 section 3), after login: a stranger is given no memory for it.</summary>
internal sealed class CompressCommand : ImapCommand<NoArguments>
{
    public override string Name => "COMPRESS";

    public override ImapStates States => ImapStates.LoggedIn;

    public override Capability? Requires => Capability.CompressDeflate;

    protected override bool TryParse(ref ImapReader reader, out NoArguments arguments)
    {
        arguments = default;
        return reader.Space() && reader.IsWord("DEFLATE");
    }

    protected override ValueTask<Completion> ExecuteAsync(ImapSession session, NoArguments arguments, CancellationToken cancel) =>
        new(Completion.Ok("Compressed from here on") with { After = BeginAsync });

    private static async ValueTask<bool> BeginAsync(ImapSession session)
    {
        // A client waits for the answer: what is there already cannot be compressed.
        if (session.Connection.HasBufferedInput)
        {
            session.Connection.End = ConnectionEnd.Dropped;
            return false;
        }

        await session.Connection.CompressAsync();
        return true;
    }
}
