using MailOps.Wire;

namespace MailOps.Client.Sessions;

/// <summary>What cannot be asked for together: said before anything is sent.</summary>
internal static class SmtpSendRules
{
    public static void Check(SmtpSendOptions options)
    {
        var extra = options.ExtraCommands;
        if (options.Tls != TlsMode.StartTls && extra.AnyAt((SmtpStep.StartTls, false), (SmtpStep.StartTls, true)))
            throw new ArgumentException("Extra commands are given for the StartTls step, which this session does not have. Use StartTls, or give them for another step.");
        if (options.Credential is null && extra.AnyAt((SmtpStep.Auth, false), (SmtpStep.Auth, true)))
            throw new ArgumentException("Extra commands are given for the Auth step, which this session does not have. Give a credential, or give them for another step.");
        if (options.Pipelining && extra.AnyAt((SmtpStep.Mail, true), (SmtpStep.Rcpt, false), (SmtpStep.Rcpt, true), (SmtpStep.Data, false)))
            throw new ArgumentException("Pipelining sends MAIL, RCPT and DATA in one go: no extra command fits between them. Leave one of the two out.");
        if (options.Timeout <= TimeSpan.Zero)
            throw new ArgumentException("The time for a step must be more than zero.");

        // The rest of the values are looked at now, not when a message is half sent.
        extra.AnyAt((SmtpStep.Greeting, false), (SmtpStep.Greeting, true), (SmtpStep.Ehlo, false), (SmtpStep.Ehlo, true));
        extra.AnyAt((SmtpStep.Mail, false), (SmtpStep.Data, true), (SmtpStep.Message, true), (SmtpStep.Quit, false));
    }
}
