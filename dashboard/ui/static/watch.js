// One watcher a page. It wakes the live part on a new version, keeps ages counting, and greys the page out
// when nothing was heard for too long: no stale green, even when the server is gone.

const SILENCE_MS = 12000
const ERROR_MS = 3000
const BEHIND_MS = 9000
const REOPEN_MS = 2000
const LEAVING_MS = 8000
const WHITE_MS = 4000
const PLACELESS_MS = 1000
const SPREAD_MS_PER_VIEWER = 20
const MOST_SPREAD_MS = 1000

class Watch {
  constructor() {
    this.mounts = new Map()
    this.heardAt = Date.now()
    this.serverAhead = 0
    this.erredAt = null
    this.behindSince = null
    this.version = null
    this.drawn = null
    this.askedAt = 0
    this.leftAt = null
    this.chosen = new Map()
    this.scrolled = new Map()
    this.focused = null
    this.banner = this.fixed("golive-lost-banner", "alert")
    this.announcer = this.fixed("golive-announcer", "status")
    this.tick = this.tick.bind(this)
    this.onClick = this.onClick.bind(this)
    this.onFocus = this.onFocus.bind(this)
    this.onScroll = this.onScroll.bind(this)
    this.leave = this.leave.bind(this)
    this.observer = new MutationObserver(() => this.redrawn())
    this.whiteSince = null
    setInterval(() => this.mendWhite(), 1000)
    window.addEventListener("beforeunload", this.leave)
  }

  mount(key, component) {
    const first = this.mounts.size === 0
    if (!this.mounts.has(key)) this.leftAt = null
    this.mounts.set(key, component)
    this.data = component.data
    this.drawn = component.data.version
    // Until the browser is closed: who one acts as is still so after a reload, and in another tab.
    const tls = location.protocol === "https:" ? "; Secure" : ""
    document.cookie = `${component.data.cookie}; path=${component.data.below || "/"}; SameSite=Strict${tls}`
    if (first) this.start()
    this.tick()
  }

  unmount(key) {
    this.mounts.delete(key)
    if (this.mounts.size > 0) return
    this.stop()
    // A redraw may move this script to another place; a page that is no more for who looks has none for it.
    setTimeout(() => { if (this.mounts.size === 0) this.turnAway() }, PLACELESS_MS)
  }

  start() {
    this.heardAt = Date.now()
    this.open()
    this.timer = setInterval(this.tick, 500)
    document.addEventListener("visibilitychange", this.tick)
    document.addEventListener("click", this.onClick, true)
    document.addEventListener("focusin", this.onFocus)
    document.addEventListener("scroll", this.onScroll, true)
    window.addEventListener("popstate", this.leave)
    this.observer.observe(document.body, { childList: true, subtree: true })
    // What was scrolled before anybody listened was told to nobody.
    for (const table of document.querySelectorAll(".gl-scroll")) {
      if (table.scrollLeft || table.scrollTop) this.note(table)
    }
    this.redrawn()
  }

  stop() {
    clearInterval(this.timer)
    this.source?.close()
    this.observer.disconnect()
    document.removeEventListener("visibilitychange", this.tick)
    document.removeEventListener("click", this.onClick, true)
    document.removeEventListener("focusin", this.onFocus)
    document.removeEventListener("scroll", this.onScroll, true)
    window.removeEventListener("popstate", this.leave)
  }

  open() {
    this.source?.close()
    this.openedAt = Date.now()
    this.source = new EventSource(`${this.data.below}/api/events`)
    this.source.onmessage = (event) => this.heard(JSON.parse(event.data))
    this.source.onerror = () => { this.erredAt ??= Date.now() }
  }

  // Who was signed out in another place is refused here, too, and this address leads to the sign-in. Who signs
  // out on this page is on their way to their provider, and a reload would keep them from it.
  async turnAway() {
    if (this.isLeaving(Date.now())) return
    const answer = await fetch(`${this.data.below}/api/v1/board`, { cache: "no-store" }).catch(() => null)
    if (answer?.status === 401 && !this.isLeaving(Date.now())) location.reload()
  }

  heard(news) {
    this.heardAt = Date.now()
    this.erredAt = null
    this.serverAhead = news.now - this.heardAt
    this.version = news.version
    this.viewers = news.viewers
    this.tick()
  }

  tick() {
    const now = Date.now()
    if (this.source.readyState === EventSource.CLOSED && now - this.openedAt > REOPEN_MS) {
      this.open()
      this.turnAway()
    }
    const behind = this.version !== null && this.version !== this.drawn
    if (!behind || document.hidden) this.behindSince = null
    else this.behindSince ??= now
    if (behind && !document.hidden) this.nudge(now)
    this.show(this.reason(now))
    this.ages()
    if (!this.lost && this.data && document.title !== this.data.title) this.entitle(this.data.title)
  }

  nudge(now) {
    if (this.isLeaving(now)) return
    if (now - this.askedAt < Math.max(this.data.pace_ms, this.askedFor === this.version ? 4000 : 0)) return
    this.askedAt = now
    this.askedFor = this.version
    const spread = Math.min(MOST_SPREAD_MS, (this.viewers - 1) * SPREAD_MS_PER_VIEWER)
    setTimeout(() => {
      if (this.isLeaving(Date.now())) return
      for (const component of this.mounts.values()) component.setTriggerValue("tick", this.version)
    }, Math.random() * spread)
  }

  // Who asks for a redraw of the page that is being left gets the old page's session for the new page, and
  // Streamlit's tree breaks: a white screen. So nothing is asked for until the new page is there.
  leave() {
    this.leftAt = Date.now()
  }

  isLeaving(now) {
    return this.leftAt !== null && now - this.leftAt < LEAVING_MS
  }

  // Should the tree break all the same, a white page says nothing, and its tab would go on to say GO.
  mendWhite() {
    if (document.getElementById("root")?.childElementCount) {
      this.whiteSince = null
      return
    }
    this.whiteSince ??= Date.now()
    this.show("lost")
    if (Date.now() - this.whiteSince > WHITE_MS) location.reload()
  }

  reason(now) {
    if (this.whiteSince !== null) return "lost"
    if (now - this.heardAt > SILENCE_MS) return "lost"
    if (this.erredAt !== null && now - this.erredAt > ERROR_MS) return "lost"
    if (this.behindSince !== null && now - this.behindSince > BEHIND_MS + this.data.pace_ms) return "frozen"
    return null
  }

  show(reason) {
    if (reason === this.lost) return
    this.lost = reason
    document.documentElement.toggleAttribute("data-golive-lost", reason !== null)
    if (reason === null) {
      this.banner.textContent = ""
      return
    }
    const seen = new Date(this.heardAt + this.serverAhead).toISOString().slice(11, 19)
    this.banner.textContent = this.data[reason].replace("{at}", seen)
    document.title = this.data.lost_title
  }

  entitle(title) {
    document.title = title
    this.announcer.textContent = title
  }

  ages() {
    const now = Date.now() + this.serverAhead
    for (const element of document.querySelectorAll("[data-golive-age]")) {
      const text = spoken(now - Number(element.dataset.goliveAge))
      if (element.textContent !== text) element.textContent = text
    }
    this.observer.takeRecords()
  }

  redrawn() {
    for (const [id, open] of this.chosen) {
      const details = document.getElementById(id)
      if (details && details.open !== open) details.open = open
    }
    for (const [id, [left, top]] of this.scrolled) {
      const table = document.getElementById(id)
      if (table && (table.scrollLeft !== left || table.scrollTop !== top)) table.scrollTo(left, top)
    }
    if (this.focused && document.activeElement === document.body) {
      document.querySelector(`#${this.focused} > summary`)?.focus({ preventScroll: true })
    }
    this.ages()
  }

  // What a link on this page leads to is opened, and stays open when it is redrawn.
  unfold(id) {
    const details = document.getElementById(id)
    if (!details?.matches("details")) return
    details.open = true
    this.chosen.set(id, true)
  }

  onClick(event) {
    const link = event.target.closest?.('a[href]:not([target="_blank"])')
    if (link?.hash && link.getAttribute("href") === link.hash) this.unfold(link.hash.slice(1))
    else if (link) this.leave()
    const details = event.target.closest?.("summary")?.parentElement
    if (details?.id) this.chosen.set(details.id, !details.open)
    if (!details) this.focused = null
  }

  // A table that is redrawn is another element, and would begin at its top again.
  onScroll(event) {
    if (event.target.classList?.contains("gl-scroll")) this.note(event.target)
  }

  note(table) {
    if (table.id) this.scrolled.set(table.id, [table.scrollLeft, table.scrollTop])
  }

  onFocus(event) {
    this.focused = event.target.closest?.("summary")?.parentElement?.id || null
  }

  fixed(id, role) {
    const found = document.getElementById(id) ?? document.createElement("div")
    found.id = id
    found.setAttribute("role", role)
    document.body.append(found)
    return found
  }
}

function spoken(ms) {
  const seconds = Math.max(0, Math.floor(ms / 1000))
  if (seconds < 90) return `${seconds} s ago`
  const minutes = Math.floor(seconds / 60)
  return minutes < 90 ? `${minutes} min ago` : `${Math.floor(minutes / 60)} h ago`
}

export default function (component) {
  const watch = (window.goliveWatch ??= new Watch())
  const key = component.parentElement
  watch.mount(key, component)
  return () => watch.unmount(key)
}
