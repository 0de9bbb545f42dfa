using MailOps.Wire;

namespace MailOps.Server.Connections;

/// <summary>One command of a protocol of lines: its name, where it is legal, what it announces, and what it does.</summary>
internal abstract class LineCommand<TSession, TReply>
    where TSession : LineSession
{
    /// <summary>The verb, in capitals.</summary>
    public abstract string Name { get; }

    /// <summary>How the command is written, for the answer to a wrong one.</summary>
    public virtual string Usage => Name;

    /// <summary>The line that the listing of extensions has for it in this session, or null.</summary>
    public virtual string? Announce(TSession session) => null;

    /// <summary>True if the command is legal in the session's state.</summary>
    public abstract bool IsLegal(TSession session);

    /// <summary>Parses the line's arguments, gives the line back to the pipe, and executes.</summary>
    /// <param name="session">The session.</param>
    /// <param name="line">The line as it lies in the pipe.</param>
    /// <param name="verbLength">Where the arguments start.</param>
    public abstract ValueTask<TReply> RunAsync(TSession session, WireLine line, int verbLength);
}
