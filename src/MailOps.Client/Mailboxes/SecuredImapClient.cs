using System.Net.Security;
using MailKit;
using MailKit.Net.Imap;

namespace MailOps.Client.Mailboxes;

/// <summary>The library's client with our part in its TLS and in its folders.</summary>
internal sealed class SecuredImapClient(IProtocolLogger logger, LibraryTls tls) : ImapClient(logger)
{
    /// <inheritdoc/>
    protected override SslClientAuthenticationOptions GetSslClientAuthenticationOptions(string host, RemoteCertificateValidationCallback remoteCertificateValidationCallback) =>
        tls.Complete(base.GetSslClientAuthenticationOptions(host, remoteCertificateValidationCallback));

    /// <inheritdoc/>
    protected override MailKit.Net.Imap.ImapFolder CreateImapFolder(ImapFolderConstructorArgs args) => new LibraryFolder(args);
}
