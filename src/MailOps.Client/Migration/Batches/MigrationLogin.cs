using System.Net;
using MailOps.Client.Mailboxes;

namespace MailOps.Client.Migration.Batches;

/// <summary>Who logs in to a mailbox: a credential or tokens.</summary>
/// <param name="Credential">The login, or null.</param>
/// <param name="Tokens">The tokens, or null.</param>
public sealed record MigrationLogin(NetworkCredential? Credential, AccessTokens? Tokens);
