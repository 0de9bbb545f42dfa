namespace MailOps.Server.Imap;

/// <summary>An extension by its name in CAPABILITY, and when it is offered.</summary>
internal sealed class Capability
{
    private readonly Func<ImapSession, bool> _offered;

    private Capability(string name, Func<ImapSession, bool>? offered = null)
    {
        Name = name;
        _offered = offered ?? (_ => true);
    }

    public string Name { get; }

    /// <summary>What stands behind the name and <c>=</c>; null where nothing does.</summary>
    public Func<ImapSession, long>? Value { get; private init; }

    /// <summary>What ENABLE switches on by this name (RFC 5161); none where nothing waits to be enabled.</summary>
    public ImapExtensions Enables { get; private init; }

    /// <summary>The names that ENABLE takes.</summary>
    public static IReadOnlyList<Capability> Enableable => [CondStore, QResync, Rev2, Utf8Accept, UidOnly];

    /// <summary>RFC 3501 section 6.2.1.</summary>
    public static Capability StartTls { get; } = new("STARTTLS", s => s.State == ImapStates.NotAuthenticated && s.Connection.CanStartTls);

    /// <summary>RFC 3501 section 6.2.3: LOGIN would be refused.</summary>
    public static Capability LoginDisabled { get; } = new("LOGINDISABLED", s => s.State == ImapStates.NotAuthenticated && !s.MayUsePlaintext);

    /// <summary>RFC 4959.</summary>
    public static Capability SaslInitialResponse { get; } = new("SASL-IR");

    /// <summary>RFC 7888 section 5: before login only small literals come unasked.</summary>
    public static Capability LiteralMinus { get; } = new("LITERAL-", s => s.State == ImapStates.NotAuthenticated);

    /// <summary>RFC 7888.</summary>
    public static Capability LiteralPlus { get; } = new("LITERAL+", s => s.State != ImapStates.NotAuthenticated);

    /// <summary>RFC 2971.</summary>
    public static Capability Id { get; } = new("ID");

    /// <summary>RFC 5161.</summary>
    public static Capability Enable { get; } = new("ENABLE");

    /// <summary>RFC 2177.</summary>
    public static Capability Idle { get; } = new("IDLE");

    /// <summary>RFC 5465.</summary>
    public static Capability Notify { get; } = new("NOTIFY");

    /// <summary>RFC 2342.</summary>
    public static Capability Namespace { get; } = new("NAMESPACE");

    /// <summary>RFC 3348.</summary>
    public static Capability Children { get; } = new("CHILDREN");

    /// <summary>RFC 3691.</summary>
    public static Capability Unselect { get; } = new("UNSELECT");

    /// <summary>RFC 4315.</summary>
    public static Capability UidPlus { get; } = new("UIDPLUS");

    /// <summary>RFC 3502.</summary>
    public static Capability MultiAppend { get; } = new("MULTIAPPEND");

    /// <summary>RFC 4469.</summary>
    public static Capability Catenate { get; } = new("CATENATE");

    /// <summary>RFC 8508.</summary>
    public static Capability Replace { get; } = new("REPLACE");

    /// <summary>RFC 3516.</summary>
    public static Capability Binary { get; } = new("BINARY");

    /// <summary>RFC 7889: all mailboxes have the same limit, which is told before login as well.</summary>
    public static Capability AppendLimit { get; } = new("APPENDLIMIT") { Value = session => session.Options.MaxMessageSize };

    /// <summary>RFC 6851.</summary>
    public static Capability Move { get; } = new("MOVE");

    /// <summary>RFC 4731.</summary>
    public static Capability ExtendedSearch { get; } = new("ESEARCH");

    /// <summary>RFC 5182.</summary>
    public static Capability SearchResult { get; } = new("SEARCHRES");

    /// <summary>RFC 5032.</summary>
    public static Capability Within { get; } = new("WITHIN");

    /// <summary>RFC 9394.</summary>
    public static Capability Partial { get; } = new("PARTIAL");

    /// <summary>RFC 5256.</summary>
    public static Capability Sort { get; } = new("SORT");

    /// <summary>RFC 5957.</summary>
    public static Capability SortDisplay { get; } = new("SORT=DISPLAY");

    /// <summary>RFC 5267 section 3.</summary>
    public static Capability ExtendedSort { get; } = new("ESORT");

    /// <summary>RFC 5267 section 4.</summary>
    public static Capability ContextSearch { get; } = new("CONTEXT=SEARCH");

    /// <summary>RFC 5267 section 4.</summary>
    public static Capability ContextSort { get; } = new("CONTEXT=SORT");

    /// <summary>RFC 7377.</summary>
    public static Capability MultiSearch { get; } = new("MULTISEARCH");

    /// <summary>RFC 5256.</summary>
    public static Capability ThreadOrderedSubject { get; } = new("THREAD=ORDEREDSUBJECT");

    /// <summary>RFC 5256.</summary>
    public static Capability ThreadReferences { get; } = new("THREAD=REFERENCES");

    /// <summary>RFC 5258.</summary>
    public static Capability ListExtended { get; } = new("LIST-EXTENDED");

    /// <summary>RFC 6154.</summary>
    public static Capability SpecialUse { get; } = new("SPECIAL-USE");

    /// <summary>RFC 6154 section 3.</summary>
    public static Capability CreateSpecialUse { get; } = new("CREATE-SPECIAL-USE");

    /// <summary>RFC 5464.</summary>
    public static Capability Metadata { get; } = new("METADATA");

    /// <summary>RFC 5464: what METADATA says as well, for clients that look for it.</summary>
    public static Capability MetadataServer { get; } = new("METADATA-SERVER");

    /// <summary>RFC 9590.</summary>
    public static Capability ListMetadata { get; } = new("LIST-METADATA");

    /// <summary>RFC 4314.</summary>
    public static Capability Acl { get; } = new("ACL");

    /// <summary>RFC 4314 section 2.2: the rights that RFC 2086 did not have.</summary>
    public static Capability AclRights { get; } = new("RIGHTS=texk");

    /// <summary>RFC 8440.</summary>
    public static Capability ListMyRights { get; } = new("LIST-MYRIGHTS");

    /// <summary>RFC 9208.</summary>
    public static Capability Quota { get; } = new("QUOTA");

    /// <summary>RFC 9208 section 5.1.</summary>
    public static Capability QuotaStorage { get; } = new("QUOTA=RES-STORAGE");

    /// <summary>RFC 9208 section 5.2.</summary>
    public static Capability QuotaMessage { get; } = new("QUOTA=RES-MESSAGE");

    /// <summary>RFC 9208 section 5.3.</summary>
    public static Capability QuotaMailbox { get; } = new("QUOTA=RES-MAILBOX");

    /// <summary>RFC 8970.</summary>
    public static Capability Preview { get; } = new("PREVIEW");

    /// <summary>PREVIEW as it was before it was a standard, for older clients.</summary>
    public static Capability SnippetFuzzy { get; } = new("SNIPPET=FUZZY");

    /// <summary>RFC 8474.</summary>
    public static Capability ObjectId { get; } = new("OBJECTID");

    /// <summary>RFC 4978.</summary>
    public static Capability CompressDeflate { get; } = new("COMPRESS=DEFLATE", s => s.State != ImapStates.NotAuthenticated && !s.Connection.IsCompressed);

    /// <summary>RFC 8437. Not above compression, whose end a client would have to mark in the middle of what it sends.</summary>
    public static Capability Unauthenticate { get; } = new("UNAUTHENTICATE", s => s.State != ImapStates.NotAuthenticated && !s.Connection.IsCompressed);

    /// <summary>RFC 5255 section 3.</summary>
    public static Capability Language { get; } = new("LANGUAGE");

    /// <summary>RFC 5255 section 4: SEARCH, SORT and THREAD compare by i;unicode-casemap, in UTF-8.</summary>
    public static Capability I18NLevel1 { get; } = new("I18NLEVEL=1");

    /// <summary>RFC 5819.</summary>
    public static Capability ListStatus { get; } = new("LIST-STATUS");

    /// <summary>RFC 9051 section 6.3.11.</summary>
    public static Capability StatusDeleted { get; } = new("STATUS=DELETED");

    /// <summary>RFC 8438.</summary>
    public static Capability StatusSize { get; } = new("STATUS=SIZE");

    /// <summary>RFC 7162 section 3.1.</summary>
    public static Capability CondStore { get; } = new("CONDSTORE") { Enables = ImapExtensions.CondStore };

    /// <summary>RFC 7162 section 3.2.</summary>
    public static Capability QResync { get; } = new("QRESYNC") { Enables = ImapExtensions.QResync | ImapExtensions.CondStore };

    /// <summary>RFC 9051, beside RFC 3501: a client that wants it enables it (appendix A).</summary>
    public static Capability Rev2 { get; } = new("IMAP4rev2") { Enables = ImapExtensions.Rev2 };

    /// <summary>RFC 6855.</summary>
    public static Capability Utf8Accept { get; } = new("UTF8=ACCEPT") { Enables = ImapExtensions.Utf8Accept };

    /// <summary>RFC 9585.</summary>
    public static Capability InProgress { get; } = new("INPROGRESS");

    /// <summary>RFC 8514.</summary>
    public static Capability SaveDate { get; } = new("SAVEDATE");

    /// <summary>RFC 9738.</summary>
    public static Capability MessageLimit { get; } = new("MESSAGELIMIT", s => s.Options.MaxMessagesPerCommand > 0) { Value = s => s.Options.MaxMessagesPerCommand };

    /// <summary>RFC 9586.</summary>
    public static Capability UidOnly { get; } = new("UIDONLY") { Enables = ImapExtensions.UidOnly };

    public bool IsOffered(ImapSession session) => _offered(session);
}
