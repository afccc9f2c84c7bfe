namespace RemoteSigning.Authorization.Storage;

/// <summary>A signer and the verifiers of the signer's factors. Nothing here lets anyone sign in by itself.</summary>
internal sealed class AccountRow
{
    /// <summary>Drawn by us, never reused; the only name that leaves for keys and certificates.</summary>
    public required string Signer { get; init; }

    /// <summary>Lower case; unique.</summary>
    public required string Email { get; init; }

    public required string GivenName { get; init; }

    public required string FamilyName { get; init; }

    public required string PasswordHash { get; set; }

    /// <summary>Wrong tries since the last right one; changed before the verdict is told.</summary>
    public int PasswordFailures { get; set; }

    /// <summary>When the last try was counted, right or wrong: the lock ends some time after it.</summary>
    public DateTimeOffset PasswordTriedAt { get; set; }

    public required byte[] PinSalt { get; set; }

    /// <summary>HMAC under the HSM key: useless to whoever has only the database.</summary>
    public required byte[] PinVerifier { get; set; }

    /// <summary>Wrong tries since the last right one; changed before the verdict is told.</summary>
    public int PinFailures { get; set; }

    /// <summary>RFC 6238 secret, encrypted under a key that the HSM derives.</summary>
    public required byte[] TotpSecret { get; init; }

    /// <summary>The last time step that was accepted; only later ones can be.</summary>
    public long TotpStep { get; set; }

    /// <summary>Wrong codes since the last right one, from the app or sent; changed before the verdict is told.</summary>
    public int OtpFailures { get; set; }

    /// <summary>E.164; where codes by SMS go.</summary>
    public string? PhoneNumber { get; set; }

    /// <summary>Where codes by e-mail go; null: to <see cref="Email"/>.</summary>
    public string? CodeEmail { get; set; }

    public byte[]? CodeSalt { get; set; }

    /// <summary>Of the last code that was sent: HMAC under the HSM key over signer, credential, salt and code.</summary>
    public byte[]? CodeVerifier { get; set; }

    public DateTimeOffset? CodeExpiresAt { get; set; }

    public bool CodeUsed { get; set; }

    /// <summary>Rises with each code that is begun or given up; a change made on an older state is refused by the database.</summary>
    public int CodeNumber { get; set; }

    public DateTimeOffset? CodeSentAt { get; set; }

    /// <summary>When the hour began in which <see cref="CodesInHour"/> were sent.</summary>
    public DateTimeOffset? CodeHourBegan { get; set; }

    public int CodesInHour { get; set; }

    public DateTimeOffset? CodeDayBegan { get; set; }

    public int CodesInDay { get; set; }

    /// <summary>When the signer was last told, or not reached, that an approval waits.</summary>
    public DateTimeOffset? NoticeSentAt { get; set; }

    public required DateTimeOffset CreatedAt { get; init; }
}
