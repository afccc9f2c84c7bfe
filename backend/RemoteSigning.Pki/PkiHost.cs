using System.Net;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;
using RemoteSigning.Cryptoki;
using RemoteSigning.Hosting;
using RemoteSigning.Pki.Authority;
using RemoteSigning.Pki.Data;
using RemoteSigning.Pki.Est;
using RemoteSigning.Pki.Ocsp;
using RemoteSigning.Pki.Options;
using RemoteSigning.Pki.Revocation;
using RemoteSigning.Pki.Timestamping;

namespace RemoteSigning.Pki;

/// <summary>The running process: two listeners over one set of routes.</summary>
internal static partial class PkiHost
{
    private static readonly TimeSpan RenewalNotice = TimeSpan.FromDays(45);

    /// <summary>Checks configuration, token, schema and certificates, then listens.</summary>
    /// <param name="clock">Null for the system's.</param>
    /// <exception cref="CommandException">What is there does not belong together.</exception>
    public static async Task<WebApplication> StartAsync(string configurationFile, TimeProvider? clock, CancellationToken cancel)
    {
        PkiOptions options = ReadOptions(configurationFile);
        WebApplicationBuilder builder = ServiceHost.CreateBuilder(configurationFile);
        await using PkiDatabase database = OpenDatabase(options);
        await SchemaVersion.CheckAsync(database, cancel);
        var registered = new RegistrationAuthorities(options.RegistrationAuthorities);
        AddServices(builder, options, registered, clock);
        Hsm hsm = Hsm.Open(options.Hsm);
        Authorities authorities = await Authorities.LoadAsync(database, hsm, options.Timestamping.IsOffered, cancel);
        builder.Services.AddSingleton(_ => hsm);
        builder.Services.AddSingleton(_ => authorities);
        builder.Services.AddHealthPort(
            options.Health, services => ActivatorUtilities.CreateInstance<PkiChecks>(services).All, _ => i => i.Meter == hsm.Meter);
        if (authorities.Timestamping is { } timestamping)
        {
            AddTimestamping(builder.Services, timestamping, await TimestampJournal.LatestAsync(database, timestamping.Id, cancel));
        }

        WebApplication app = builder.Build();

        // The container disposes of what it has given out, the last first: so the token after the keys.
        _ = app.Services.GetRequiredService<Hsm>();
        _ = app.Services.GetRequiredService<Authorities>();
        app.UseTraceHeader();
        app.UseExceptionHandler(_ => { });
        app.Use(next => context => Outage.AnswerAsync(context, next));
        app.UseRouting();
        PkiApi.Map(app, options.Timestamping.IsOffered);
        WarnOfRenewal(app.Logger, authorities, app.Services.GetRequiredService<TimeProvider>());
        await app.StartAsync(cancel);
        return app;
    }

    /// <exception cref="OptionsValidationException">The section is missing or not in order.</exception>
    /// <exception cref="CommandException">A file with a secret is open to others.</exception>
    public static PkiOptions ReadOptions(string configurationFile)
    {
        CheckSecret(configurationFile);
        PkiOptions options = new ConfigurationBuilder()
            .AddJsonFile(Path.GetFullPath(configurationFile), optional: false)
            .Build()
            .GetSection(PkiOptions.Section)
            .Get<PkiOptions>() ?? new PkiOptions();
        ValidateOptionsResult result = new PkiOptionsValidator().Validate(null, options);
        if (result.Failed)
        {
            throw new OptionsValidationException(PkiOptions.Section, typeof(PkiOptions), result.Failures);
        }

        CheckSecret(options.Tls.Key);
        CheckSecret(options.Hsm.PinFile);
        return options;
    }

    public static PkiDatabase OpenDatabase(PkiOptions options)
    {
        var builder = new DbContextOptionsBuilder<PkiDatabase>();
        PkiDatabase.Configure(builder, options.Database);
        return new PkiDatabase(builder.Options);
    }

    private static void AddServices(WebApplicationBuilder builder, PkiOptions options, RegistrationAuthorities registered, TimeProvider? clock)
    {
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            // Not null: the validator has seen to it.
            kestrel.ListenMutual(options.Listen!, options.Tls, registered.Find);
            kestrel.Listen(
                IPAddress.Parse(options.PublicListen!.Host), options.PublicListen.Port, e => e.Protocols = HttpProtocols.Http1);
        });
        builder.Services.AddPooledDbContextFactory<PkiDatabase>(o => PkiDatabase.Configure(o, options.Database));
        builder.Services.AddSingleton(options);
        builder.Services.AddSingleton(registered);
        builder.Services.AddSingleton<CertificateProfiles>();
        builder.Services.AddSingleton<Enrollment>();
        builder.Services.AddSingleton<Revocations>();
        builder.Services.AddSingleton<RevocationLists>();
        builder.Services.AddSingleton<OcspCache>();
        builder.Services.AddSingleton<OcspResponder>();
        if (clock is not null)
        {
            builder.Services.AddSingleton(clock);
        }
    }

    /// <param name="latest">Time of the last token under the certificate in use; null before the first.</param>
    private static void AddTimestamping(IServiceCollection services, TimestampIdentity identity, DateTimeOffset? latest)
    {
        services.AddSingleton(identity);
        services.AddSingleton<IClockDiscipline, KernelClock>();
        services.AddSingleton(s => new TimestampClock(
            s.GetRequiredService<TimeProvider>(), s.GetRequiredService<IClockDiscipline>(), s.GetRequiredService<PkiOptions>(), latest));
        services.AddSingleton<AddressLimits>();
        services.AddSingleton<TimestampTable>();
        services.AddSingleton<TimestampJournal>();
        services.AddSingleton<TimestampAuthority>();
    }

    private static void CheckSecret(string file)
    {
        try
        {
            OwnerOnlyFile.Check(file);
        }
        catch (InvalidOperationException e)
        {
            throw new CommandException(e.Message, e);
        }
    }

    private static void WarnOfRenewal(ILogger logger, Authorities authorities, TimeProvider clock)
    {
        DateTimeOffset end = authorities.Responders.Min(r => new DateTimeOffset(r.Certificate.NotAfter));
        if (authorities.Timestamping is { } timestamping && timestamping.KeyEnd < end)
        {
            end = timestamping.KeyEnd;
        }

        if (end - clock.GetUtcNow() < RenewalNotice)
        {
            LogRenewal(logger, end);
        }
    }

    [LoggerMessage(4006, LogLevel.Warning, "The OCSP responder's certificates, the time-stamping key or the root's revocation list end at {End}. Run the command renew and start again")]
    private static partial void LogRenewal(ILogger logger, DateTimeOffset end);
}
