namespace MailOps.Server.Imap;

/// <summary>The client closed or reset the connection while something was being sent to it or read from it. Nobody is left to answer.</summary>
internal sealed class ClientGoneException(Exception? inner = null) : Exception("The client is gone.", inner);
