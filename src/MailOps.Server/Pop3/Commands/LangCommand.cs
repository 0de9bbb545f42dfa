namespace MailOps.Server.Pop3.Commands;

/// <summary>LANG (RFC 6856 section 3): the language of what stands behind +OK and -ERR. There is English.</summary>
internal sealed class LangCommand : Pop3Command<string?>
{
    public override string Name => "LANG";

    public override Pop3States States => Pop3States.Any;

    public override string Usage => "LANG [language]";

    public override string? Announce(Pop3Session session) => Name;

    protected override bool TryParse(ref Pop3Reader reader, out string? arguments)
    {
        arguments = null;
        return !reader.Space() || reader.AtEnd || reader.Word(out arguments);
    }

    protected override ValueTask<Pop3Reply> ExecuteAsync(Pop3Session session, string? arguments, CancellationToken cancel)
    {
        if (arguments is null)
        {
            session.Write(Pop3Reply.Ok("Language listing follows"));
            session.WriteLine("en English");
            session.WriteLine(".");
            return ValueTask.FromResult(Pop3Reply.Silent);
        }

        // "*" is the server's choice; a range such as en-GB is looked up by what it begins with (RFC 4647 section 3.4).
        var isEnglish = arguments is "*" || arguments.Split('-')[0].Equals("en", StringComparison.OrdinalIgnoreCase);
        return ValueTask.FromResult(isEnglish ? Pop3Reply.Ok("en Speaking English") : Pop3Reply.Err("There is no such language here; LANG lists those that are"));
    }
}
