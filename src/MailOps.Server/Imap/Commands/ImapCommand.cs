namespace MailOps.Server.Imap.Commands;

/// <summary>A command of the protocol: what the table of <see cref="ImapProtocol"/> consists of.</summary>
internal abstract class ImapCommand
{
    /// <summary>The name, in capitals; two words for the UID forms.</summary>
    public abstract string Name { get; }

    /// <summary>The states in which it is legal.</summary>
    public abstract ImapStates States { get; }

    /// <summary>The extension it belongs to. Where that is not offered, the command is unknown.</summary>
    public virtual Capability? Requires => null;

    /// <summary>True if it names messages by their sequence numbers, or tells those.</summary>
    public virtual bool UsesSequenceNumbers => false;

    /// <summary>False if sequence numbers must hold until its end: no EXPUNGE is told then (RFC 3501 section 7.4.1).</summary>
    public virtual bool MayExpunge => true;

    /// <summary>True if the literal announced at the end of the arguments is to be read by the command itself.</summary>
    /// <param name="reader">After the command's name.</param>
    public virtual bool Streams(ref ImapReader reader) => false;

    /// <summary>Reads the arguments. Null if they do not follow the grammar; otherwise what runs the command with them.</summary>
    public abstract Func<ImapSession, CancellationToken, ValueTask<Completion>>? Prepare(ref ImapReader reader);
}

/// <summary>A command with arguments.</summary>
internal abstract class ImapCommand<TArguments> : ImapCommand
{
    /// <summary>Reads the arguments, with the space before them. What is left afterwards makes the command invalid.</summary>
    protected abstract bool TryParse(ref ImapReader reader, out TArguments arguments);

    /// <summary>Does what the command is for.</summary>
    protected abstract ValueTask<Completion> ExecuteAsync(ImapSession session, TArguments arguments, CancellationToken cancel);

    public sealed override Func<ImapSession, CancellationToken, ValueTask<Completion>>? Prepare(ref ImapReader reader) =>
        TryParse(ref reader, out var arguments) && reader.End
            ? (session, cancel) => ExecuteAsync(session, arguments, cancel)
            : null;
}

/// <summary>The arguments of a command that has none.</summary>
internal readonly record struct NoArguments;

/// <summary>A command without arguments.</summary>
internal abstract class PlainCommand : ImapCommand<NoArguments>
{
    protected sealed override bool TryParse(ref ImapReader reader, out NoArguments arguments)
    {
        arguments = default;
        return true;
    }

    protected sealed override ValueTask<Completion> ExecuteAsync(ImapSession session, NoArguments arguments, CancellationToken cancel) =>
        ExecuteAsync(session, cancel);

    protected abstract ValueTask<Completion> ExecuteAsync(ImapSession session, CancellationToken cancel);
}
