using MailOps.Server.Connections;

namespace MailOps.Server.Pop3.Commands;

/// <summary>STLS (RFC 2595 section 4): secures the connection. Whatever came in the clear behind it ends the session.</summary>
internal sealed class StlsCommand : SimplePop3Command
{
    public override string Name => "STLS";

    public override Pop3States States => Pop3States.Authorization;

    public override string? Announce(Pop3Session session) => session.Connection.CanStartTls ? Name : null;

    protected override async ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, CancellationToken cancel)
    {
        var connection = session.Connection;
        if (!connection.CanStartTls)
            return Pop3Reply.Err("TLS is already on");

        // RFC 6856 section 2.1.
        if (session.IsUtf8)
            return Pop3Reply.Err("STLS comes before UTF8");

        if (connection.HasBufferedInput)
        {
            session.EndAs(ConnectionEnd.Dropped);
            return Pop3Reply.Err("Octets received after STLS and before the handshake, closing connection");
        }

        session.Write(Pop3Reply.Ok("Begin TLS negotiation"));
        await session.FlushAsync();
        if (!await connection.SecureAsync())
            throw new IOException("The TLS handshake failed.");

        // What was learned in the clear is forgotten.
        session.UserName = null;
        return Pop3Reply.Silent;
    }
}
