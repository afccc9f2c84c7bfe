namespace RemoteSigning.Sam.Sad;

/// <summary>What SAD and SKAD have in common: for one node and epoch, for a short time, for one use.</summary>
internal interface IAssertion
{
    AssertionKind Kind { get; }

    string Issuer { get; }

    string Jti { get; }

    /// <summary>The node that the claims name, and the node that the content names.</summary>
    (string Claims, string Content) Node { get; }

    /// <summary>The epoch that the claims name, and the epoch that the content names.</summary>
    (string Claims, string Content) Epoch { get; }

    /// <summary>Unix seconds.</summary>
    long Issued { get; }

    /// <summary>Unix seconds.</summary>
    long Expires { get; }

    /// <summary>The end of the content, Unix seconds.</summary>
    long NotAfter { get; }

    /// <summary>The earlier of the assertion's and the content's end.</summary>
    DateTimeOffset DeadAfter => DateTimeOffset.FromUnixTimeSeconds(Math.Min(Expires, NotAfter));
}
